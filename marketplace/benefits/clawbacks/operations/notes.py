"""What the trail and the person are told about a clawback."""

from __future__ import annotations

from typing import Any

from marketplace.audit.operations import record_event
from marketplace.benefits.clawbacks.models import BenefitClawback
from marketplace.benefits.clawbacks.queries.standing import sum_recovered_fen
from marketplace.benefits.models import Benefit
from marketplace.benefits.queries import title_of
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.notices.operations import send_notice
from marketplace.people.queries import get_worker


def record_clawback(
    event: str,
    clawback: BenefitClawback,
    actor_id: int | None,
    *,
    reason: str | None = None,
    **details: object,
) -> None:
    """An event of a clawback, named by its code."""
    record_event(
        event,
        subject_kind="benefit_clawback",
        subject_code=clawback.code,
        actor_id=actor_id,
        reason=reason,
        details={name: value for name, value in details.items() if value is not None},
    )


def tell_debtor(kind: str, clawback: BenefitClawback, amount_fen: int, reason: str = "") -> None:
    """A message to the person; who has no login is told by the office."""
    user_id = get_worker(clawback.worker_id).user_id
    if user_id is None:
        return
    params: dict[str, Any] = {
        "amount": Money(amount_fen, clawback.currency),
        "left": Money(left_fen(clawback), clawback.currency),
        "clawback": clawback.code,
        "title": title_of(db.session.get_one(Benefit, clawback.benefit_id)),
        "reason": reason,
    }
    link = f"/me/benefits/clawbacks/{clawback.code}"
    send_notice(user_id, kind=f"benefit_clawback.{kind}", params=params, link=link)


def left_fen(clawback: BenefitClawback) -> int:
    """What is still to be given back of a clawback in force."""
    return clawback.amount_fen - sum_recovered_fen(clawback.id)
