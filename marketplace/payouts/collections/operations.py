"""Co-payments over the internet follow what Stripe shows, never twice and never on trust.

Each try has three parts: read what to ask for, talk to Stripe with no unit of work open, note
what came of it. Killed anywhere between, the next try finds the intent by our own reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.audit.operations import record_event
from marketplace.copayments.models import Copayment, CopaymentPayment
from marketplace.copayments.operations.payments import (
    book_refund,
    fail_online_payment,
    receive_online_payment,
)
from marketplace.copayments.queries import find_refund, get_payment, lock_copayment
from marketplace.copayments.states import PaymentChannel, PaymentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.payouts.collections.rules import CollectionStep, SeenMoney, verdict_for
from marketplace.payouts.models import StripeEvent
from marketplace.payouts.rails.stripe import StripeApi
from marketplace.payouts.rails.stripe_messages import SeenEvent
from marketplace.payouts.rails.stripe_payments import (
    IntentReport,
    PaymentOrder,
    SeenIntent,
    SeenRefund,
    ask_for_payment,
    ask_for_refund,
)
from marketplace.payouts.states import EventOutcome
from marketplace.payouts.transfers.queries import find_event


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """One refund to ask for."""

    payment_code: str
    intent_id: str
    reference: str
    amount_fen: int


def order_for(payment_code: str, *, return_url: str = "") -> PaymentOrder:
    """What to ask Stripe for. Without `return_url` nothing is created, only looked up."""
    payment = get_payment(payment_code)
    copayment = db.session.get_one(Copayment, payment.copayment_id)
    return PaymentOrder(
        reference=payment.code,
        copayment_code=copayment.code,
        amount_fen=payment.amount_fen,
        currency=copayment.currency,
        begun_at=payment.created_at,
        return_url=return_url,
        intent_id=payment.intent_id,
    )


def ask_about_payment(api: StripeApi, order: PaymentOrder) -> IntentReport:
    """Talk to Stripe about one payment; call it with no unit of work open."""
    return ask_for_payment(api, order, now=clock.now())


def note_payment(payment_code: str, report: IntentReport) -> EventOutcome | None:
    """Let our payment follow the intent. None: it waits, with a reason when there is one.

    Entries: that of `receive_online_payment`. What differs from our record in amount, currency,
    reference or number moves nothing: it is noted at the payment and in the trail.
    """
    copayment = lock_copayment(get_payment(payment_code).copayment_id)
    payment = get_payment(payment_code)
    if report.intent is not None:
        return _follow(copayment, payment, report.intent)
    if report.is_refused:
        fail_online_payment(payment_code, problem=report.failure or "refused")
        return EventOutcome.RETURNED
    payment.problem = report.failure
    db.session.flush()
    return None


def _follow(
    copayment: Copayment, payment: CopaymentPayment, seen: SeenIntent
) -> EventOutcome | None:
    verdict = verdict_for(
        SeenMoney(
            amount_fen=seen.amount_fen,
            currency=seen.currency,
            reference=seen.reference,
            number=seen.intent_id,
            status=seen.status,
            our_amount_fen=payment.amount_fen,
            our_currency=copayment.currency,
            our_reference=payment.code,
            our_number=payment.intent_id,
            received_fen=seen.received_fen,
            has_failed=seen.status == "requires_payment_method" and seen.error is not None,
        )
    )
    if verdict.step is CollectionStep.SUSPEND:
        _doubt(copayment, payment, ",".join(verdict.problems), seen.intent_id)
        return EventOutcome.REFUSED
    payment.intent_id, payment.pay_url = seen.intent_id, seen.pay_url
    payment.problem = None
    db.session.flush()
    if payment.state is PaymentState.SUCCEEDED:
        return EventOutcome.KNOWN
    if verdict.step is CollectionStep.RECEIVE:
        return _receive(copayment, payment, seen)
    if verdict.step is CollectionStep.FAIL:
        fail_online_payment(payment.code, problem=seen.error or seen.status)
        return EventOutcome.RETURNED
    return None


def _receive(copayment: Copayment, payment: CopaymentPayment, seen: SeenIntent) -> EventOutcome:
    paid_on = clock.local_date(clock.now())
    try:
        with db.session.begin_nested():
            receive_online_payment(payment.code, on=paid_on)
    except Refused as refused:  # a closed period
        _doubt(copayment, payment, refused.codes[0], seen.intent_id)
        return EventOutcome.REFUSED
    return EventOutcome.CONFIRMED


def _doubt(copayment: Copayment, payment: CopaymentPayment, problem: str, number: str) -> None:
    """Keep why it is open; the trail hears of it once, not of every look."""
    if payment.problem == problem:
        return
    payment.problem = problem
    db.session.flush()
    record_event(
        "copayment.doubted",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=None,
        details={"payment": payment.code, "reason": problem, "number": number},
    )


def find_refund_order(payment_code: str) -> RefundOrder | None:
    """What Stripe is to give back of a payment; None when nothing is open."""
    payment = get_payment(payment_code)
    refund = find_refund(payment.id)
    is_open = refund is not None and refund.state is PaymentState.PENDING
    if refund is None or not is_open or payment.channel is not PaymentChannel.ONLINE:
        return None
    if payment.intent_id is None:
        return None
    return RefundOrder(payment.code, payment.intent_id, refund.code, refund.amount_fen)


def ask_about_refund(api: StripeApi, order: RefundOrder) -> SeenRefund | str:
    """Talk to Stripe about one refund; call it with no unit of work open."""
    return ask_for_refund(
        api,
        intent_id=order.intent_id,
        reference=order.reference,
        amount_fen=order.amount_fen,
    )


def note_refund(payment_code: str, seen: SeenRefund | str) -> EventOutcome | None:
    """Let our refund follow Stripe's. Books `copayment.refunded` once. None: it waits."""
    copayment = lock_copayment(get_payment(payment_code).copayment_id)
    payment = get_payment(payment_code)
    refund = find_refund(payment.id)
    assert refund is not None, "it was asked for"
    if refund.state is PaymentState.SUCCEEDED:
        return EventOutcome.KNOWN
    if isinstance(seen, str):
        refund.problem = seen
        db.session.flush()
        return None
    verdict = verdict_for(
        SeenMoney(
            amount_fen=seen.amount_fen,
            currency=seen.currency,
            reference=seen.reference,
            number=seen.refund_id,
            status=seen.status,
            our_amount_fen=refund.amount_fen,
            our_currency=copayment.currency,
            our_reference=refund.code,
            our_number=refund.refund_id,
        )
    )
    if verdict.step is CollectionStep.SUSPEND:
        refund.problem = ",".join(verdict.problems)
        _doubt(copayment, payment, refund.problem, seen.refund_id)
        return EventOutcome.REFUSED
    refund.refund_id, refund.problem = seen.refund_id, None
    if verdict.step is CollectionStep.FAIL:
        refund.state, refund.problem = PaymentState.FAILED, seen.status
        db.session.flush()
        return EventOutcome.REFUSED
    if verdict.step is CollectionStep.WAIT:
        db.session.flush()
        return None
    book_refund(copayment, payment, refund, on=clock.today(), actor_id=None)
    return EventOutcome.CONFIRMED


@dataclass(frozen=True, slots=True)
class PaymentSeen:
    """What Stripe showed when a message made us look."""

    payment_code: str
    report: IntentReport
    refund: SeenRefund | str | None


def take_payment_event(event: SeenEvent, seen: PaymentSeen | None) -> EventOutcome | None:
    """Take in a signed message about a co-payment once, in the unit of work of its effect.

    None: it was taken in before.
    """
    if find_event(event.event_id) is not None:
        return None
    outcome, reason = EventOutcome.IGNORED, "no_payment_of_ours"
    if seen is not None:
        outcomes = [note_payment(seen.payment_code, seen.report)]
        if seen.refund is not None:
            outcomes.append(note_refund(seen.payment_code, seen.refund))
        moved = [one for one in outcomes if one not in (None, EventOutcome.KNOWN)]
        outcome, reason = (moved[-1] if moved else None) or EventOutcome.KNOWN, ""
    db.session.add(
        StripeEvent(
            event_id=event.event_id,
            kind=event.kind,
            object_id=event.intent_id,
            payload_sha256=event.payload_sha256,
            created_at=event.created_at,
            received_at=clock.now(),
            outcome=outcome,
            reason=reason or None,
        )
    )
    db.session.flush()
    return outcome
