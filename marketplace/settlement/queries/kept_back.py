"""What settlements kept back, each with what it is for and its entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.settlement.models import Advance, Clawback, Netting, Settlement
from marketplace.settlement.queries.months import in_subtrees
from marketplace.settlement.states import SettlementState

ROWS_MAX = 500


@dataclass(frozen=True, slots=True)
class NettingRow:
    """One part kept back: by which settlement, for which advance or clawback."""

    settlement_code: str
    amount_fen: int
    entry_id: int | None
    """Empty until the settlement is approved."""
    advance_code: str | None
    clawback_code: str | None


def list_nettings_of_settlement(settlement_id: int) -> Sequence[NettingRow]:
    """What a settlement keeps back for advances and clawbacks, in its order."""
    return list_kept_back(Netting.settlement_id == settlement_id)


def list_nettings_of_clawback(clawback_id: int) -> Sequence[NettingRow]:
    """By which settlements a clawback was kept back, oldest first."""
    return list_kept_back(Netting.clawback_id == clawback_id)


def count_clawbacks_to_approve(paths: Sequence[str]) -> int:
    """How many clawbacks wait for a second signature in these subtrees."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Clawback)
            .join(Institution, Institution.id == Clawback.institution_id)
            .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
            .where(Clawback.state == SettlementState.PREPARED, in_subtrees(paths))
        )
        or 0
    )


def list_kept_back(wanted: ColumnElement[bool]) -> Sequence[NettingRow]:
    """What stands of the nettings that fit, oldest first."""
    rows = db.session.execute(
        select(Settlement.code, Netting.amount_fen, Netting.entry_id, Advance.code, Clawback.code)
        .join(Settlement, Settlement.id == Netting.settlement_id)
        .outerjoin(Advance, Advance.id == Netting.advance_id)
        .outerjoin(Clawback, Clawback.id == Netting.clawback_id)
        .where(wanted, Netting.released_at.is_(None))
        .order_by(Netting.id)
        .limit(ROWS_MAX)
    )
    return [NettingRow(*row) for row in rows]
