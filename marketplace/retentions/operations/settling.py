"""Withholding from a settlement: planned when it is prepared, booked when it is approved.

From its preparation on a settlement keeps the withheld shares back, so at no moment could they be
paid by it; until then a redemption is in no settlement and can still be reversed as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import insert, update

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution
from marketplace.ledger.operations import post_entry
from marketplace.retentions.entries import entry_for_retention
from marketplace.retentions.models import Retention
from marketplace.retentions.queries.retentions import (
    list_released_to_pay,
    list_retentions_of_settlement,
)
from marketplace.retentions.queries.terms import PlannedShare, get_planned_shares, get_proofs
from marketplace.retentions.rules import RetentionFacts, decide_retention
from marketplace.retentions.states import Outcome, RetentionState


def plan_retentions(
    settlement_id: int,
    *,
    settlement_code: str,
    institution_id: int,
    redemption_ids: Sequence[int],
    actor_id: int,
) -> Mapping[int, int]:
    """Write down what a settlement being prepared withholds; by class, in fen. Books nothing.

    A milestone that is reached already withholds nothing: its share is paid with the rest.
    """
    planned = get_planned_shares(redemption_ids)
    proofs = get_proofs([share.waiting for share in planned])
    waiting = []
    for share in planned:
        proof = proofs.get(share.waiting.key)
        facts = RetentionFacts(
            share.waiting.counts_from, share.due_by, proof.proven_on if proof else None, False
        )
        if decide_retention(facts, today=clock.today()) is not Outcome.RELEASED:
            waiting.append(share)
    if not waiting:
        return {}
    rows = [_row(share, settlement_id, institution_id) for share in waiting]
    db.session.execute(insert(Retention), rows)
    by_run: dict[int, int] = defaultdict(int)
    for share in waiting:
        by_run[share.course_run_id] += share.amount_fen
    _record("retention.planned", settlement_code, sum(by_run.values()), len(rows), actor_id)
    return by_run


def book_retentions(
    settlement_id: int, *, settlement_code: str, institution_id: int, actor_id: int
) -> None:
    """A settlement was approved: what it withholds leaves what is owed.

    Entry: `retention.held`, debit payable:institution, credit retention:institution.
    """
    planned = list_retentions_of_settlement(settlement_id, state=RetentionState.PLANNED)
    if not planned:
        return
    amount = Money(sum(one.amount_fen for one in planned), planned[0].currency)
    draft = entry_for_retention(
        settlement_code,
        institution_code=db.session.get_one(Institution, institution_id).code,
        amount=amount,
        on=clock.today(),
    )
    entry_id = post_entry(draft, actor_id=actor_id)
    _change(settlement_id, state=RetentionState.HELD, entry_id=entry_id)
    _record("retention.held", settlement_code, amount.fen, len(planned), actor_id)


def drop_retentions(settlement_id: int, *, settlement_code: str, actor_id: int) -> None:
    """A settlement was sent back: it withholds nothing and pays nothing that was released."""
    planned = list_retentions_of_settlement(settlement_id, state=RetentionState.PLANNED)
    if planned:
        _change(settlement_id, state=RetentionState.DROPPED, ended_on=clock.today())
        amount_fen = sum(one.amount_fen for one in planned)
        _record("retention.dropped", settlement_code, amount_fen, len(planned), actor_id)
    db.session.execute(
        update(Retention)
        .where(Retention.paid_settlement_id == settlement_id)
        .values(paid_settlement_id=None)
    )


def pay_released(released: Sequence[Retention], *, settlement_id: int) -> None:
    """Put what was released into a settlement, which pays it."""
    for retention in released:
        retention.paid_settlement_id = settlement_id
    db.session.flush()


def list_released(
    institution_id: int, *, from_on: date, to_on: date
) -> Sequence[tuple[Retention, int]]:
    """What a settlement of these days pays besides redemptions, each with its class."""
    return list_released_to_pay(institution_id, from_on=from_on, to_on=to_on)


def _row(share: PlannedShare, settlement_id: int, institution_id: int) -> dict[str, object]:
    return {
        "code": new_code("RT"),
        "redemption_id": share.redemption_id,
        "institution_id": institution_id,
        "settlement_id": settlement_id,
        "milestone": share.waiting.milestone,
        "percent": share.percent,
        "amount_fen": share.amount_fen,
        "currency": share.currency,
        "rule": share.rule,
        "counts_from": share.waiting.counts_from,
        "due_by": share.due_by,
        "state": RetentionState.PLANNED,
        "clawed_back_fen": 0,
        "planned_at": clock.now(),
    }


def _change(settlement_id: int, *, state: RetentionState, **values: object) -> None:
    db.session.execute(
        update(Retention)
        .where(Retention.settlement_id == settlement_id, Retention.state == RetentionState.PLANNED)
        .values(state=state, **values)
    )


def _record(event: str, settlement_code: str, amount_fen: int, shares: int, actor_id: int) -> None:
    record_event(
        event,
        subject_kind="settlement",
        subject_code=settlement_code,
        actor_id=actor_id,
        details={"amount_fen": amount_fen, "shares": shares},
    )
