"""Money that comes in, is passed on, or goes back: at the counter and over the internet."""

from __future__ import annotations

from datetime import date

from marketplace.audit.operations import record_event
from marketplace.copayments.entries import (
    entry_for_passing_on,
    entry_for_receipt,
    entry_for_refund,
)
from marketplace.copayments.models import Copayment, CopaymentPayment, CopaymentRefund
from marketplace.copayments.operations.shares import owe_back, tell_worker
from marketplace.copayments.queries import (
    find_pending,
    find_receipt,
    find_refund,
    get_payment,
    keepable_fens,
    list_earned_payments,
    lock_copayment,
    open_fen,
)
from marketplace.copayments.rules import PayFacts, refusals_for_payment
from marketplace.copayments.states import Party, PaymentChannel, PaymentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.ledger.operations import post_entry


def record_counter_payment(
    copayment: Copayment, *, party: Party, amount_fen: int, receipt_number: str, actor_id: int
) -> CopaymentPayment:
    """The institution took money at its counter and wrote a receipt.

    The same receipt with the same amount again is the same payment. Refuses
    `copayment_receipt_needed`, `copayment_receipt_used` and what `refusals_for_payment` names.
    Books `copayment.received`.
    """
    copayment = lock_copayment(copayment.id)
    earlier = find_receipt(copayment.institution_id, receipt_number) if receipt_number else None
    if earlier:
        same = (earlier.copayment_id, earlier.party, earlier.amount_fen)
        if same == (copayment.id, party, amount_fen):
            return earlier
        raise Refused(
            Refusal("copayment_receipt_used", {"number": receipt_number}, field="receipt_number")
        )
    refusals = _refusals(copayment, party, amount_fen)
    if not receipt_number:
        refusals += (Refusal("copayment_receipt_needed", field="receipt_number"),)
    if refusals:
        raise Refused(refusals)
    payment = _new_payment(copayment, party, PaymentChannel.COUNTER, amount_fen, actor_id)
    payment.receipt_number = receipt_number
    payment.state, payment.settled_at = PaymentState.SUCCEEDED, clock.now()
    db.session.add(payment)
    db.session.flush()
    _book_receipt(copayment, payment, on=clock.today(), actor_id=actor_id)
    return payment


def begin_online_payment(copayment: Copayment, *, actor_id: int) -> CopaymentPayment:
    """The learner wants to pay what is open over the internet; nothing is booked yet.

    One that is under way is the same payment. Refuses what `refusals_for_payment` names.
    """
    copayment = lock_copayment(copayment.id)
    if earlier := find_pending(copayment.id, Party.WORKER):
        return earlier
    amount_fen = open_fen(copayment, Party.WORKER)
    if refusals := _refusals(copayment, Party.WORKER, amount_fen):
        raise Refused(refusals)
    payment = _new_payment(copayment, Party.WORKER, PaymentChannel.ONLINE, amount_fen, actor_id)
    db.session.add(payment)
    db.session.flush()
    record_event(
        "copayment.payment_begun",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=actor_id,
        details={"payment": payment.code, "amount_fen": amount_fen},
    )
    return payment


def receive_online_payment(payment_code: str, *, on: date) -> None:
    """It has arrived: book it once. What is not owed any more goes back at once."""
    copayment = lock_copayment(get_payment(payment_code).copayment_id)
    payment = get_payment(payment_code)
    if payment.state is PaymentState.SUCCEEDED:
        return
    payment.state, payment.settled_at, payment.problem = PaymentState.SUCCEEDED, clock.now(), None
    db.session.flush()
    _book_receipt(copayment, payment, on=on, actor_id=None)


def fail_online_payment(payment_code: str, *, problem: str) -> None:
    """It was not made and will not be: the learner may pay anew."""
    copayment = lock_copayment(get_payment(payment_code).copayment_id)
    payment = get_payment(payment_code)
    if payment.state is not PaymentState.PENDING:
        return
    payment.state, payment.settled_at = PaymentState.FAILED, clock.now()
    payment.problem, payment.pay_url = problem, None
    db.session.flush()
    record_event(
        "copayment.payment_failed",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=None,
        details={"payment": payment.code, "reason": problem},
    )


def hand_back(payment_code: str, *, receipt_number: str, actor_id: int) -> CopaymentRefund:
    """The institution gave money back at its counter, against a receipt.

    Refuses `copayment_not_counter`, `copayment_nothing_back`, `copayment_receipt_needed`. Books
    `copayment.refunded`. Again changes nothing.
    """
    copayment = lock_copayment(get_payment(payment_code).copayment_id)
    payment = get_payment(payment_code)
    refund = find_refund(payment.id)
    if payment.channel is not PaymentChannel.COUNTER:
        raise Refused(Refusal("copayment_not_counter"))
    if refund is None:
        raise Refused(Refusal("copayment_nothing_back"))
    if refund.state is PaymentState.SUCCEEDED:
        return refund
    if not receipt_number:
        raise Refused(Refusal("copayment_receipt_needed", field="receipt_number"))
    refund.receipt_number = receipt_number
    book_refund(copayment, payment, refund, on=clock.today(), actor_id=actor_id)
    return refund


def book_refund(
    copayment: Copayment,
    payment: CopaymentPayment,
    refund: CopaymentRefund,
    *,
    on: date,
    actor_id: int | None,
) -> None:
    """It has gone back: `copayment.refunded`, once."""
    refund.state, refund.settled_at, refund.problem = PaymentState.SUCCEEDED, clock.now(), None
    db.session.flush()
    amount = Money(refund.amount_fen, copayment.currency)
    entry = entry_for_refund(refund.code, payment.code, amount=amount, on=on)
    post_entry(entry, actor_id=actor_id)
    record_event(
        "copayment.refunded",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=actor_id,
        details={
            "payment": payment.code,
            "amount_fen": refund.amount_fen,
            "receipt": refund.receipt_number,
            "channel": payment.channel,
        },
    )


def settle_counter_payments(institution_id: int) -> int:
    """What an institution took at its counter and has earned is its own; answers how much.

    Refuses `copayment_nothing_earned`. Books `copayment.passed_on` for each payment. Payments
    over the internet are handed over by two officers (copayments.handovers).
    """
    total = 0
    for copayment, payment in list_earned_payments(institution_id):
        total += pass_on_payment(copayment, payment, "counter", None)
    if not total:
        raise Refused(Refusal("copayment_nothing_earned"))
    return total


def pass_on_payment(
    copayment: Copayment, payment: CopaymentPayment, reference: str, actor_id: int | None
) -> int:
    """One payment is the institution's own, once: `copayment.passed_on` of what is in keeping.

    Answers how much; 0 when it was passed on before, or all of it goes back.
    """
    lock_copayment(copayment.id)
    payment = get_payment(payment.code)
    if payment.passed_on_reference is not None:
        return 0
    fen = keepable_fens([payment.code])[payment.code]
    payment.passed_on_reference = reference
    db.session.flush()
    if not fen:
        return 0
    amount = Money(fen, copayment.currency)
    entry = entry_for_passing_on(copayment.code, payment.code, amount=amount, on=clock.today())
    post_entry(entry, actor_id=actor_id)
    record_event(
        "copayment.passed_on",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=actor_id,
        details={"payment": payment.code, "amount_fen": fen, "reference": reference},
    )
    return fen


def _refusals(copayment: Copayment, party: Party, amount_fen: int) -> tuple[Refusal, ...]:
    return refusals_for_payment(
        PayFacts(
            amount_fen=amount_fen,
            open_fen=open_fen(copayment, party),
            currency=copayment.currency,
            is_pending=find_pending(copayment.id, party) is not None,
        )
    )


def _new_payment(
    copayment: Copayment,
    party: Party,
    channel: PaymentChannel,
    amount_fen: int,
    actor_id: int,
) -> CopaymentPayment:
    return CopaymentPayment(
        code=new_code("PY"),
        copayment_id=copayment.id,
        institution_id=copayment.institution_id,
        party=party,
        channel=channel,
        amount_fen=amount_fen,
        state=PaymentState.PENDING,
        recorded_by=actor_id,
        created_at=clock.now(),
    )


def _book_receipt(
    copayment: Copayment, payment: CopaymentPayment, *, on: date, actor_id: int | None
) -> None:
    owed_fen = min(payment.amount_fen, open_fen(copayment, payment.party))
    beyond_fen = payment.amount_fen - owed_fen
    entry = entry_for_receipt(
        copayment.code,
        payment.code,
        party=payment.party,
        owed=Money(owed_fen, copayment.currency),
        beyond=Money(beyond_fen, copayment.currency),
        on=on,
    )
    post_entry(entry, actor_id=actor_id)
    if beyond_fen:
        owe_back(payment.code, beyond_fen)
    if payment.party is Party.WORKER:
        tell_worker("copayment.received", copayment, payment.amount_fen)
    record_event(
        "copayment.received",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=actor_id,
        details={
            "payment": payment.code,
            "party": payment.party,
            "channel": payment.channel,
            "amount_fen": payment.amount_fen,
            "receipt": payment.receipt_number,
        },
    )
