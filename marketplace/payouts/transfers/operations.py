"""Handing payouts over to Stripe and taking its word, never twice and never on trust.

A try has three parts: claim it (saved), talk to Stripe (outside any unit of work), note what came
of it (saved). Killed anywhere between, the next try finds the transfer by our own reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.jobs.operations import enqueue_job
from marketplace.payouts.models import Payout, StripeEvent, StripeTransfer
from marketplace.payouts.operations import confirm_payout, return_payout
from marketplace.payouts.queries import find_attempt, lock_payout, lock_payout_batch
from marketplace.payouts.rails.stripe import DeliveryReport, SeenTransfer, TransferOrder
from marketplace.payouts.rails.stripe_messages import TRANSFER_KINDS, SeenEvent
from marketplace.payouts.states import TRANSFER_JOB, EventOutcome, PayoutState, RailName
from marketplace.payouts.transfers.queries import (
    StripeAttempt,
    find_event,
    find_transfer,
    get_stripe_attempt,
    list_open_attempts,
)
from marketplace.payouts.transfers.rules import (
    SeenFacts,
    TransferStep,
    verdict_for_transfer,
)

BUSY = timedelta(minutes=2)
"""Longer than one try can take: two look-ups and one creation, each with its time-out."""
REVERSED = "REVERSED"
"""Reason code of a return: the transfer was taken back at Stripe."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to talk to Stripe about one payout for a while."""

    attempt_id: int
    order: TransferOrder
    key_number: int


@dataclass(frozen=True, slots=True)
class TransferTaken:
    """What a transfer seen at Stripe did here, and to which try."""

    outcome: EventOutcome
    reason: str | None = None
    attempt_id: int | None = None


def claim_transfer(attempt_id: int) -> Claim | None:
    """Take one payout to Stripe; None when it needs nothing, or another runner is at it."""
    found = get_stripe_attempt(attempt_id)
    payout = lock_payout(found.payout_id)
    found = get_stripe_attempt(attempt_id)
    transfer = find_transfer(attempt_id) or _new_transfer(found)
    is_open = payout.state == PayoutState.SENT and payout.attempt == found.attempt.number
    if not is_open or found.attempt.outcome is not None:
        return None
    if transfer.busy_until is not None and transfer.busy_until > clock.now():
        return None
    transfer.busy_until = clock.now() + BUSY
    transfer.tried_at = clock.now()
    transfer.tries += 1
    db.session.flush()
    order = TransferOrder(
        reference=found.attempt.end_to_end_id,
        batch_code=found.batch.code,
        amount_fen=payout.amount_fen,
        currency=payout.currency,
        destination=transfer.connected_account,
        description=f"{found.attempt.end_to_end_id} {found.batch.code}",
    )
    return Claim(attempt_id, order, transfer.key_number)


def note_delivery(claim: Claim, report: DeliveryReport) -> EventOutcome | None:
    """Note what a try came to: the payout is confirmed, returned, or waits with a reason.

    A transfer that exists and equals our record confirms. A final no returns the payout at once:
    nothing was paid, so it is owed again. Anything else waits for the next look.
    """
    found = get_stripe_attempt(claim.attempt_id)
    payout = lock_payout(found.payout_id)
    transfer = find_transfer(claim.attempt_id)
    assert transfer is not None, "it was claimed"
    transfer.busy_until = None
    if report.transfer is not None:
        return take_transfer(report.transfer, actor_id=None).outcome
    transfer.answered_at = clock.now()
    if report.needs_new_key:
        transfer.key_number += 1
    _note_problem(transfer, payout, report.failure)
    if not report.is_refused:
        return None
    record_event(
        "payout.transfer_refused",
        subject_kind="payout",
        subject_code=payout.code,
        actor_id=None,
        details={"reference": claim.order.reference, "reason": report.failure},
    )
    refused_by = _return(payout, claim.order.reference, report.failure or "refused", None)
    _note_problem(transfer, payout, refused_by)  # why it came back stands in its outcome
    return EventOutcome.REFUSED if refused_by else EventOutcome.RETURNED


def take_transfer(seen: SeenTransfer, *, actor_id: int | None) -> TransferTaken:
    """Let our payout follow a transfer as Stripe shows it now.

    Entries: those of confirm_payout and return_payout. What differs from our record in amount,
    currency, payee or number moves nothing: it is noted at the payout and in the trail.
    """
    attempt = find_attempt(seen.reference) if seen.reference else None
    if attempt is None:
        return TransferTaken(EventOutcome.IGNORED, "no_payout_of_ours")
    payout = lock_payout(attempt.payout_id)
    found = get_stripe_attempt(attempt.id)
    transfer = find_transfer(attempt.id)
    if transfer is None or found.batch.rail != RailName.STRIPE:
        return TransferTaken(EventOutcome.REFUSED, "other_rail", attempt.id)
    verdict = verdict_for_transfer(_facts(seen, payout, found, transfer))
    transfer.answered_at = clock.now()
    if verdict.step == TransferStep.SUSPEND:
        reason = ",".join(verdict.problems)
        _note_problem(transfer, payout, reason, seen)
        return TransferTaken(EventOutcome.REFUSED, reason, attempt.id)
    transfer.transfer_id = seen.transfer_id
    refused_by = None
    outcome = EventOutcome.KNOWN
    if verdict.step == TransferStep.CONFIRM:
        outcome = EventOutcome.CONFIRMED
        made_on = clock.local_date(min(seen.created_at, clock.now()))
        refused_by = _confirm(payout, attempt.end_to_end_id, made_on, actor_id)
    elif verdict.step == TransferStep.RETURN:
        outcome = EventOutcome.RETURNED
        refused_by = _return(payout, attempt.end_to_end_id, REVERSED, actor_id)
    _note_problem(transfer, payout, refused_by, seen)
    outcome = EventOutcome.REFUSED if refused_by else outcome
    return TransferTaken(outcome, refused_by, attempt.id)


def take_event(event: SeenEvent, seen: SeenTransfer | None) -> EventOutcome | None:
    """Take in a signed message once; `seen` is the transfer it names, as read from Stripe now.

    The message is kept in the same unit of work as its effect. None: it was taken in before.
    """
    if find_event(event.event_id) is not None:
        return None
    if event.kind not in TRANSFER_KINDS:
        taken = TransferTaken(EventOutcome.IGNORED, "other_kind")
    elif not event.is_about_a_transfer:
        taken = TransferTaken(EventOutcome.IGNORED, "not_ours")
    elif seen is None:
        taken = TransferTaken(EventOutcome.REFUSED, "no_such_transfer")
    else:
        taken = take_transfer(seen, actor_id=None)
    db.session.add(
        StripeEvent(
            event_id=event.event_id,
            kind=event.kind,
            object_id=event.object_id,
            payload_sha256=event.payload_sha256,
            created_at=event.created_at,
            received_at=clock.now(),
            outcome=taken.outcome,
            reason=taken.reason,
            payout_attempt_id=taken.attempt_id,
        )
    )
    db.session.flush()
    return taken.outcome


def ask_again(batch_id: int, *, actor_id: int) -> int:
    """An officer has Stripe asked anew about what waits in a batch; answers how many payouts.

    Refuses `other_rail`, `nothing_on_its_way`.
    """
    batch = lock_payout_batch(batch_id)
    if batch.rail != RailName.STRIPE:
        raise Refused(Refusal("other_rail", {"batch": batch.code, "rail": batch.rail.value}))
    waiting = list_open_attempts(batch.id)
    if not waiting:
        raise Refused(Refusal("nothing_on_its_way", {"batch": batch.code}))
    for attempt_id in waiting:
        if transfer := find_transfer(attempt_id):
            transfer.tries = 0
    db.session.flush()
    record_event(
        "payout_batch.asked_again",
        subject_kind="payout_batch",
        subject_code=batch.code,
        actor_id=actor_id,
        details={"payouts": len(waiting)},
    )
    key = f"{TRANSFER_JOB}:{batch.code}:{new_code('AG')}"
    enqueue_job(TRANSFER_JOB, payload={}, requested_by=actor_id, dedupe_key=key)
    return len(waiting)


def _new_transfer(found: StripeAttempt) -> StripeTransfer:
    assert found.connected_account, "the rail asked for it before the batch was sent"
    transfer = StripeTransfer(
        payout_attempt_id=found.attempt.id,
        connected_account=found.connected_account,
        key_number=1,
        tries=0,
    )
    db.session.add(transfer)
    db.session.flush()
    return transfer


def _facts(
    seen: SeenTransfer, payout: Payout, found: StripeAttempt, transfer: StripeTransfer
) -> SeenFacts:
    return SeenFacts(
        amount_fen=seen.amount_fen,
        reversed_fen=seen.reversed_fen,
        currency=seen.currency,
        destination=seen.destination,
        transfer_id=seen.transfer_id,
        our_amount_fen=payout.amount_fen,
        our_currency=payout.currency,
        our_destination=transfer.connected_account,
        our_transfer_id=transfer.transfer_id,
        payout_state=payout.state,
        is_present_attempt=payout.attempt == found.attempt.number,
        outcome=found.attempt.outcome,
    )


def _confirm(payout: Payout, reference: str, on: date, actor_id: int | None) -> str | None:
    """Book it; answers why it could not be booked (a closed period), if so."""
    try:
        with db.session.begin_nested():
            confirm_payout(payout.id, end_to_end_id=reference, effective_on=on, actor_id=actor_id)
    except Refused as refused:
        return refused.codes[0]
    return None


def _return(payout: Payout, reference: str, reason: str, actor_id: int | None) -> str | None:
    try:
        with db.session.begin_nested():
            return_payout(
                payout.id,
                end_to_end_id=reference,
                reason_code=reason,
                effective_on=clock.today(),
                actor_id=actor_id,
            )
    except Refused as refused:
        return refused.codes[0]
    return None


def _note_problem(
    transfer: StripeTransfer,
    payout: Payout,
    problem: str | None,
    seen: SeenTransfer | None = None,
) -> None:
    """Keep why it is open; the trail hears of a difference in money once, not of every try."""
    is_new = problem != transfer.problem
    transfer.problem = problem
    db.session.flush()
    if problem is None or seen is None or not is_new:
        return
    record_event(
        "payout.transfer_doubted",
        subject_kind="payout",
        subject_code=payout.code,
        actor_id=None,
        details={
            "reason": problem,
            "transfer": seen.transfer_id,
            "amount_fen": seen.amount_fen,
            "currency": seen.currency,
        },
    )
