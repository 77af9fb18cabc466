"""Clawbacks from people that a line of the bank may pay back."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from marketplace.benefits.clawbacks.models import BenefitClawback
from marketplace.benefits.clawbacks.queries.standing import sum_recovered_fen
from marketplace.benefits.clawbacks.states import BenefitClawbackState
from marketplace.benefits.models import Benefit
from marketplace.foundation.db import db
from marketplace.funds.models import Allotment
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Worker
from marketplace.settlement.queries import in_subtrees

_CODE = re.compile(r"BC-?[0-9A-Z]{10}")


@dataclass(frozen=True, slots=True)
class NamedClawback:
    """A clawback in force that a proposal names."""

    id: int
    code: str
    currency: str
    amount_fen: int
    worker_code: str

    @property
    def left_fen(self) -> int:
        """What is still to be given back."""
        return self.amount_fen - sum_recovered_fen(self.id)


def codes_in(words: str) -> list[str]:
    """Codes of clawbacks in a text of the bank, whose spaces and case nobody can rely on."""
    text = re.sub(r"\s", "", words).upper()
    return [f"BC-{code.removeprefix('BC').lstrip('-')}" for code in _CODE.findall(text)]


def find_named_clawback(code: str, *, paths: Sequence[str]) -> NamedClawback | None:
    """A clawback in force under some paths, by its code."""
    return find_named_clawbacks([code], paths=paths).get(code)


def find_named_clawbacks(
    codes: Collection[str], *, paths: Sequence[str]
) -> dict[str, NamedClawback]:
    """Clawbacks in force under some paths, by code (at most 200)."""
    rows = db.session.execute(
        select(
            BenefitClawback.id,
            BenefitClawback.code,
            BenefitClawback.currency,
            BenefitClawback.amount_fen,
            Worker.code,
        )
        .join(Worker, Worker.id == BenefitClawback.worker_id)
        .join(Benefit, Benefit.id == BenefitClawback.benefit_id)
        .join(Allotment, Allotment.id == Benefit.allotment_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(
            BenefitClawback.code.in_(sorted(codes)[:200]),
            BenefitClawback.state == BenefitClawbackState.APPROVED,
            in_subtrees(paths),
        )
        .order_by(BenefitClawback.id)
        .limit(200)
    )
    return {row[1]: NamedClawback(*row) for row in rows}
