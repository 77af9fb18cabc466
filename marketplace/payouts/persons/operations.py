"""Putting benefits together for one rail."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from marketplace.benefits.models import Benefit
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.ids import new_code
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.operations.notes import change_state, record_payout_event
from marketplace.payouts.persons.queries import (
    BATCH_MAX,
    list_benefits_to_prepare,
    lock_payable_benefits,
)
from marketplace.payouts.persons.rules import refusals_for_benefit_batch
from marketplace.payouts.queries import lock_payout
from marketplace.payouts.states import PayeeKind, PayoutBatchState, PayoutState, RailName

RAILS_TO_PEOPLE = (RailName.BANK_FILE, RailName.NULL)
"""People have a bank account here, and none at Stripe."""


def prepare_benefit_batch(benefit_ids: Collection[int], *, rail: str, actor_id: int) -> PayoutBatch:
    """Put benefits that are due together for one rail (first signature).

    One payout for each, with its own reference; a returned one gets its next attempt. The same
    officer asking again for the same benefits gets the batch that waits. Refuses, naming each
    benefit: `benefit_not_due`, `benefit_already_in_payout`, `benefit_without_account`,
    `benefit_netted`, `benefit_account_held`, and `batch_mixes_currencies`, `no_benefit_to_pay`.
    """
    wanted = sorted(set(benefit_ids))[:BATCH_MAX]
    if RailName(rail) not in RAILS_TO_PEOPLE:
        raise NotFound("rail", rail)
    facts = lock_payable_benefits(wanted)
    if len(facts) != len(wanted):
        raise NotFound("benefit")
    if wanted and (earlier := _find_batch_of(wanted, prepared_by=actor_id)):
        return earlier
    if refusals := refusals_for_benefit_batch(facts, today=clock.today()):
        raise Refused(refusals)
    benefits = list_benefits_to_prepare(wanted)
    batch = PayoutBatch(
        code=new_code("PB"),
        rail=RailName(rail),
        payee=PayeeKind.WORKER,
        state=PayoutBatchState.PREPARED,
        payout_count=len(benefits),
        control_sum_fen=sum(benefit.to_pay_fen for benefit, _payout, _account in benefits),
        currency=facts[0].currency,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    for benefit, payout_id, account_id in benefits:
        payout = _begin(benefit) if payout_id is None else _begin_again(payout_id)
        db.session.flush()
        db.session.add(
            PayoutAttempt(
                payout_id=payout.id,
                number=payout.attempt,
                batch_id=batch.id,
                worker_bank_account_id=account_id,
                end_to_end_id=f"{payout.code}-{payout.attempt}",
            )
        )
    db.session.flush()
    record_payout_event("payout_batch.prepared", batch, actor_id, {"payouts": batch.payout_count})
    return batch


def _begin(benefit: Benefit) -> Payout:
    now = clock.now()
    payout = Payout(
        code=new_code("PO"),
        benefit_id=benefit.id,
        amount_fen=benefit.to_pay_fen,
        currency=benefit.currency,
        state=PayoutState.PREPARED,
        attempt=1,
        created_at=now,
        changed_at=now,
    )
    db.session.add(payout)
    return payout


def _begin_again(payout_id: int) -> Payout:
    payout = lock_payout(payout_id)
    payout.attempt += 1
    change_state(payout, PayoutState.PREPARED)
    return payout


def _find_batch_of(benefit_ids: Collection[int], *, prepared_by: int) -> PayoutBatch | None:
    """The waiting batch that holds exactly these benefits: the answer to a second click."""
    batches = db.session.scalars(
        select(PayoutBatch)
        .join(PayoutAttempt, PayoutAttempt.batch_id == PayoutBatch.id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(
            Payout.benefit_id.in_(benefit_ids),
            PayoutAttempt.outcome.is_(None),
            PayoutBatch.state == PayoutBatchState.PREPARED,
            PayoutBatch.prepared_by == prepared_by,
        )
        .distinct()
        .order_by(PayoutBatch.id)
        .limit(2)
    ).all()
    if len(batches) != 1:
        return None
    return batches[0] if batches[0].payout_count == len(benefit_ids) else None
