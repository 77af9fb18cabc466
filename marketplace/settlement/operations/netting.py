"""What a settlement keeps back for advances and clawbacks: planned, booked at its approval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import insert, update

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution
from marketplace.ledger.operations import post_entry
from marketplace.retentions.models import Retention
from marketplace.settlement.entries import advanced, entry_for_netting, receivable
from marketplace.settlement.models import Advance, Clawback, Netting, Settlement
from marketplace.settlement.queries.receivables import (
    find_advance_of,
    list_dues,
    list_nettings,
    sum_earned_by_run,
)
from marketplace.settlement.rules.receivables import Due, plan_netting


def plan_nettings(
    settlement: Settlement,
    redemption_ids: Sequence[int],
    *,
    retained: Mapping[int, int],
    released: Sequence[tuple[Retention, int]],
) -> None:
    """Write down what a settlement being prepared keeps back; nothing is booked yet.

    `retained` is what it withholds until milestones, by class: that much less is there for
    advances and clawbacks. What was `released`, each with its class, is there for them too.
    """
    plan: Sequence[tuple[Due, int]] = ()
    if dues := list_dues(settlement.institution_id):
        earned = Counter(sum_earned_by_run(redemption_ids))
        for retention, run_id in released:
            earned[run_id] += retention.left_fen
        earned.subtract(retained)
        plan = plan_netting(earned, dues)
    settlement.netted_fen = sum(retained.values()) + sum(amount for _due, amount in plan)
    db.session.flush()
    if not plan:
        return
    rows = [
        {
            "settlement_id": settlement.id,
            "advance_id": due.id if due.kind == "advance" else None,
            "clawback_id": due.id if due.kind == "clawback" else None,
            "amount_fen": amount,
        }
        for due, amount in plan
    ]
    db.session.execute(insert(Netting), rows)


def book_nettings(settlement: Settlement, *, actor_id: int) -> None:
    """Entries: debit payable:institution, credit advance:institution or receivable:institution."""
    nettings = list_nettings(settlement.id)
    if not nettings:
        return
    code = db.session.get_one(Institution, settlement.institution_id).code
    for netting in nettings:
        if netting.advance_id is not None:
            cause = db.session.get_one(Advance, netting.advance_id).code
            kind, owed = "advance.recovered", advanced(code)
        else:
            cause = db.session.get_one(Clawback, netting.clawback_id).code
            kind, owed = "clawback.netted", receivable(code)
        draft = entry_for_netting(
            f"{settlement.code}/{cause}",
            kind=kind,
            institution_code=code,
            owed=owed,
            amount=Money(netting.amount_fen, settlement.currency),
            on=clock.today(),
        )
        netting.entry_id = post_entry(draft, actor_id=actor_id)
    db.session.flush()


def release_nettings(settlement: Settlement) -> None:
    """A settlement was sent back: what it kept back is owed again, its advance is not paid."""
    db.session.execute(
        update(Netting)
        .where(Netting.settlement_id == settlement.id, Netting.released_at.is_(None))
        .values(released_at=clock.now())
    )
    settlement.netted_fen = 0
    if (advance := find_advance_of(settlement.id)) is not None:
        advance.released_at = clock.now()
    db.session.flush()


def mark_advance_paid(settlement_id: int) -> None:
    """The payout of an advance has left: from now on it is owed back."""
    if (advance := find_advance_of(settlement_id)) is not None:
        advance.paid_at = clock.now()


def mark_advance_unpaid(settlement_id: int) -> None:
    """The payout of an advance came back."""
    if (advance := find_advance_of(settlement_id)) is not None:
        advance.paid_at = None
