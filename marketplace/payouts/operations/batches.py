"""Putting payouts together, signing them, sending them once."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Sequence

from marketplace.foundation import clock, crypto
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.jobs.operations import enqueue_job
from marketplace.ledger.operations import post_entry
from marketplace.ledger.sealing.queries import find_last_block
from marketplace.payouts.entries import (
    entry_for_payout_sent,
)
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.operations.notes import change_state, record_payout_event
from marketplace.payouts.operations.outcomes import confirm_payout
from marketplace.payouts.payees import Row, list_rows_of_batch, note_sent, order_of, owed_of
from marketplace.payouts.persons.queries import lists_bank_account_of
from marketplace.payouts.queries import (
    PayableSettlement,
    find_batch_of_settlements,
    list_payables,
    lock_payout,
    lock_payout_batch,
    lock_settlements_to_pay,
)
from marketplace.payouts.rails.bank_file import BankFileRail
from marketplace.payouts.rails.null import NullRail
from marketplace.payouts.rails.payer import find_payer
from marketplace.payouts.rails.protocol import BatchOrder, Payer, Rail, RailFile
from marketplace.payouts.rails.stripe import StripeRail
from marketplace.payouts.rules import (
    BatchFacts,
    refusals_for_batch_approval,
    refusals_for_batch_rejection,
    refusals_for_payout_batch,
    refusals_for_sending,
)
from marketplace.payouts.states import TRANSFER_JOB, PayoutBatchState, PayoutState, RailName

SIGNED = (PayoutBatchState.APPROVED, PayoutBatchState.SENT)
RAILS: dict[RailName, Rail] = {
    RailName.BANK_FILE: BankFileRail(),
    RailName.NULL: NullRail(),
    RailName.STRIPE: StripeRail(),
}


def prepare_payout_batch(
    settlement_ids: Collection[int], *, rail: str, actor_id: int
) -> PayoutBatch:
    """Put approved settlements together for one rail (first signature).

    A returned payout gets its next attempt: same payout, new reference. The same officer asking
    again for the same settlements gets the batch that waits. Refuses, naming each institution:
    `settlement_not_approved`, `already_in_payout`, `institution_payment_held`,
    `no_verified_payout_account`, `payout_account_held`, `batch_mixes_currencies`, and what its
    rail says.
    """
    wanted = sorted(set(settlement_ids))
    lock_settlements_to_pay(wanted)
    payables = list_payables(wanted)
    if len(payables) != len(wanted):
        raise NotFound("settlement")
    if wanted and (earlier := find_batch_of_settlements(wanted, prepared_by=actor_id)):
        return earlier
    facts = [payable.facts() for payable in payables]
    refusals = refusals_for_payout_batch(facts, today=clock.today())
    payees = [payable.payee() for payable in payables if payable.payout_account_id]
    if refusals := refusals + RAILS[RailName(rail)].refusals_for(payees):
        raise Refused(refusals)
    batch = PayoutBatch(
        code=new_code("PB"),
        rail=RailName(rail),
        state=PayoutBatchState.PREPARED,
        payout_count=len(payables),
        control_sum_fen=sum(payable.amount.fen for payable in payables),
        currency=payables[0].amount.currency,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    for payable in payables:
        _write_attempt(payable, batch.id)
    db.session.flush()
    record_payout_event("payout_batch.prepared", batch, actor_id, {"payouts": batch.payout_count})
    return batch


def approve_payout_batch(batch_id: int, *, actor_id: int) -> PayoutBatch:
    """Sign a batch as the second officer; it may now be sent.

    Refuses `batch_already_decided`, `same_person`, and `batch_pays_own_entry` to whoever noted the
    bank account of a person it pays. The same officer's second click is answered.
    """
    batch = lock_payout_batch(batch_id)
    if batch.state in SIGNED and batch.decided_by == actor_id:
        return batch
    named = lists_bank_account_of(batch.id, actor_id=actor_id)
    if refusals := refusals_for_batch_approval(_batch_facts(batch, actor_id), named_payee=named):
        raise Refused(refusals)
    _sign(batch, PayoutBatchState.APPROVED, actor_id, reason=None)
    for row in list_rows_of_batch(batch):
        change_state(row.payout, PayoutState.APPROVED)
    db.session.flush()
    record_payout_event("payout_batch.approved", batch, actor_id, {})
    return batch


def reject_payout_batch(batch_id: int, *, reason: str, actor_id: int) -> PayoutBatch:
    """Send a batch back before it leaves; its settlements may be put into another one.

    Refuses `batch_already_sent`, `batch_already_decided`, `same_person`, `reason_required`.
    """
    batch = lock_payout_batch(batch_id)
    if batch.state == PayoutBatchState.REJECTED and batch.decided_by == actor_id:
        return batch
    refusals = refusals_for_batch_rejection(_batch_facts(batch, actor_id))
    if not tidy(reason):
        refusals += (Refusal("reason_required", field="reason"),)
    if refusals:
        raise Refused(refusals)
    _sign(batch, PayoutBatchState.REJECTED, actor_id, reason=tidy(reason))
    for row in list_rows_of_batch(batch):
        row.attempt.outcome = "rejected"
        change_state(row.payout, PayoutState.PREPARED)
    db.session.flush()
    record_payout_event("payout_batch.rejected", batch, actor_id, {}, reason=tidy(reason))
    return batch


def send_payout_batch(batch_id: int, *, actor_id: int | None) -> PayoutBatch:
    """Let a signed batch leave: write its file once, or ask for the job that hands it over; post
    payout.sent for each payout.

    Entry: debit payable:institution (advance:institution, payable:worker), credit clearing:rail.
    Sent again, it
    answers with the same batch and file. Refuses `batch_not_approved`, `payer_unknown`,
    `payout_account_changed`, `payout_account_held`, `institution_payment_held`.
    """
    batch = lock_payout_batch(batch_id)
    if batch.state == PayoutBatchState.SENT:
        return batch
    rows = list_rows_of_batch(batch)
    payer, rail = find_payer(), RAILS[batch.rail]
    refusals = refusals_for_sending(
        _batch_facts(batch, actor_id),
        [row.departure_facts() for row in rows],
        has_payer=payer is not None or rail.needs_delivery,
        today=clock.today(),
    )
    if refusals := refusals + rail.refusals_for([row.payee() for row in rows]):
        raise Refused(refusals)
    file = rail.write_file(_order_of(batch, rows, payer)) if payer else None
    for row in rows:
        _post_sent(row, batch.rail, actor_id)
    _keep_file(batch, file)
    batch.state = PayoutBatchState.SENT
    batch.sent_by = actor_id
    batch.sent_at = clock.now()
    db.session.flush()
    record_payout_event("payout_batch.sent", batch, actor_id, {"file_sha256": batch.file_sha256})
    if rail.needs_delivery:
        key = f"{TRANSFER_JOB}:{batch.code}"
        enqueue_job(TRANSFER_JOB, payload={}, requested_by=actor_id, dedupe_key=key)
    if rail.answers_at_once:
        for row in rows:
            confirm_payout(
                row.payout.id,
                end_to_end_id=row.attempt.end_to_end_id,
                effective_on=clock.today(),
                actor_id=actor_id,
            )
    return batch


def open_payout_file(batch: PayoutBatch) -> RailFile:
    """The file exactly as it was sent, never a new one. Refuses `batch_without_file`."""
    if batch.file_sealed is None or batch.file_name is None:
        raise Refused(Refusal("batch_without_file", {"batch": batch.code}))
    text = crypto.decrypt(batch.file_sealed, purpose=_file_purpose(batch))
    content = base64.b64decode(text)
    assert hashlib.sha256(content).hexdigest() == batch.file_sha256, "the file is what was sent"
    return RailFile(batch.file_name, content)


def _batch_facts(batch: PayoutBatch, actor_id: int | None) -> BatchFacts:
    return BatchFacts(batch.code, batch.state, batch.prepared_by, actor_id)


def _write_attempt(payable: PayableSettlement, batch_id: int) -> None:
    now = clock.now()
    if payable.payout_id is None:
        payout = Payout(
            code=new_code("PO"),
            settlement_id=payable.settlement_id,
            institution_id=payable.institution_id,
            amount_fen=payable.amount.fen,
            currency=payable.amount.currency,
            state=PayoutState.PREPARED,
            attempt=1,
            created_at=now,
            changed_at=now,
        )
        db.session.add(payout)
    else:
        payout = lock_payout(payable.payout_id)
        payout.attempt += 1
        change_state(payout, PayoutState.PREPARED)
    db.session.flush()
    assert payable.payout_account_id is not None, "the rules asked for a verified account"
    db.session.add(
        PayoutAttempt(
            payout_id=payout.id,
            number=payout.attempt,
            batch_id=batch_id,
            payout_account_id=payable.payout_account_id,
            end_to_end_id=f"{payout.code}-{payout.attempt}",
        )
    )


def _sign(
    batch: PayoutBatch, state: PayoutBatchState, actor_id: int, *, reason: str | None
) -> None:
    write_decision(batch, state, actor_id=actor_id, reason=reason)


def _order_of(batch: PayoutBatch, rows: Sequence[Row], payer: Payer) -> BatchOrder:
    payments = tuple(order_of(row) for row in rows)
    block = find_last_block()
    seal = f"block {block.height} {block.head}" if block else None
    order = BatchOrder(batch.code, clock.now(), clock.today(), payer, payments, seal)
    assert order.total.fen == batch.control_sum_fen, "the file pays what was signed"
    return order


def _post_sent(row: Row, rail: RailName, actor_id: int | None) -> None:
    draft = entry_for_payout_sent(
        row.attempt.end_to_end_id,
        owed=owed_of(row),
        rail=rail,
        amount=row.amount,
        sent_on=clock.today(),
    )
    row.attempt.sent_entry_id = post_entry(draft, actor_id=actor_id)
    note_sent(row.payout, row.attempt)
    change_state(row.payout, PayoutState.SENT)


def _keep_file(batch: PayoutBatch, file: RailFile | None) -> None:
    if file is None:
        return
    batch.file_name = file.name
    batch.file_sha256 = hashlib.sha256(file.content).hexdigest()
    text = base64.b64encode(file.content).decode()
    batch.file_sealed = crypto.encrypt(text, purpose=_file_purpose(batch))


def _file_purpose(batch: PayoutBatch) -> str:
    return f"payout_batch.file_sealed:{batch.code}"
