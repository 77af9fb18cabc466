"""Preparing, signing and booking a handover; each again changes nothing."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.copayments.handovers.queries import (
    find_handover_by_reference,
    list_handed_payments,
    list_handover_earnings,
    lock_handover,
)
from marketplace.copayments.handovers.rules import (
    REFERENCE_MAX,
    PreparingFacts,
    SigningFacts,
    refusals_for_paying,
    refusals_for_preparing,
    refusals_for_rejecting,
    refusals_for_signing,
)
from marketplace.copayments.models import CopaymentHandover, CopaymentHandoverItem
from marketplace.copayments.operations.payments import pass_on_payment
from marketplace.copayments.queries import keepable_fens, lock_copayment
from marketplace.copayments.states import HandoverState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import find_verified_payout_account, lock_institution
from marketplace.institutions.states import InstitutionState

HELD = (InstitutionState.SUSPENDED, InstitutionState.BARRED)


def prepare_handover(institution: Institution, *, actor_id: int) -> CopaymentHandover:
    """Everything an institution earned over the internet and no live handover holds, in one.

    Nothing is booked yet. Refuses what `refusals_for_preparing` names.
    """
    lock_institution(institution.id)
    earned = [
        (payment, fen, currency)
        for payment, fen, currency in list_handover_earnings(institution.id)
        if fen
    ]
    account = find_verified_payout_account(institution.id)
    facts = PreparingFacts(
        institution_name=institution.name,
        earned_fen=sum(fen for _payment, fen, _currency in earned),
        is_held=institution.state in HELD,
        payout_account_id=account.id if account else None,
        payable_from=account.payable_from if account else None,
    )
    if refusals := refusals_for_preparing(facts, today=clock.today()):
        raise Refused(refusals)
    assert account is not None, "the rules asked for a verified account"
    handover = CopaymentHandover(
        code=new_code("CH"),
        institution_id=institution.id,
        payout_account_id=account.id,
        amount_fen=facts.earned_fen,
        payment_count=len(earned),
        currency=earned[0][2],
        state=HandoverState.PREPARED,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    db.session.add(handover)
    db.session.flush()
    for payment, fen, _currency in earned:
        item = CopaymentHandoverItem(handover_id=handover.id, payment_id=payment.id, amount_fen=fen)
        db.session.add(item)
    db.session.flush()
    _record("handover.prepared", handover, actor_id)
    return handover


def approve_handover(code: str, *, actor_id: int) -> CopaymentHandover:
    """The second signature: the money may leave. Refuses what `refusals_for_signing` names."""
    handover = lock_handover(code)
    if handover.state is HandoverState.APPROVED and handover.decided_by == actor_id:
        return handover
    if refusals := refusals_for_signing(_facts(handover, actor_id)):
        raise Refused(refusals)
    _decide(handover, HandoverState.APPROVED, actor_id)
    _record("handover.approved", handover, actor_id)
    return handover


def reject_handover(code: str, *, reason: str, actor_id: int) -> CopaymentHandover:
    """Sent back with a reason; its payments can be handed over anew."""
    handover = lock_handover(code)
    words = tidy(reason)[:500]
    if refusals := refusals_for_rejecting(_facts(handover, actor_id), reason=words):
        raise Refused(refusals)
    handover.decision_reason = words
    _decide(handover, HandoverState.REJECTED, actor_id)
    for item, _payment, _copayment in list_handed_payments(handover.id):
        item.released_at = clock.now()
    db.session.flush()
    _record("handover.rejected", handover, actor_id, reason=words)
    return handover


def record_handover_paid(code: str, *, reference: str, actor_id: int) -> CopaymentHandover:
    """The bank has transferred it under this reference: each payment is the institution's own.

    Books `copayment.passed_on` for each. Refuses what `refusals_for_paying` names. The same
    reference again changes nothing.
    """
    handover = lock_handover(code)
    words = tidy(reference)[:REFERENCE_MAX]
    if handover.state is HandoverState.PAID and handover.reference == words:
        return handover
    facts = _facts(handover, actor_id)
    other = find_handover_by_reference(words) if words else None
    if refusals := refusals_for_paying(facts, reference=words, other=other):
        raise Refused(refusals)
    for _item, payment, copayment in list_handed_payments(handover.id):
        pass_on_payment(copayment, payment, words, actor_id)
    handover.state, handover.reference = HandoverState.PAID, words
    handover.paid_by, handover.paid_at = actor_id, clock.now()
    db.session.flush()
    _record("handover.paid", handover, actor_id)
    return handover


def _facts(handover: CopaymentHandover, actor_id: int) -> SigningFacts:
    rows = list_handed_payments(handover.id)
    for _item, _payment, copayment in rows:
        lock_copayment(copayment.id)
    account = find_verified_payout_account(handover.institution_id)
    return SigningFacts(
        code=handover.code,
        state=handover.state,
        prepared_by=handover.prepared_by,
        actor_id=actor_id,
        promised={payment.code: item.amount_fen for item, payment, _copayment in rows},
        kept=keepable_fens([payment.code for _item, payment, _copayment in rows]),
        is_same_payee=account is not None and account.id == handover.payout_account_id,
    )


def _decide(handover: CopaymentHandover, state: HandoverState, actor_id: int) -> None:
    handover.state, handover.decided_by, handover.decided_at = state, actor_id, clock.now()
    db.session.flush()


def _record(
    event: str, handover: CopaymentHandover, actor_id: int, *, reason: str | None = None
) -> None:
    record_event(
        event,
        subject_kind="handover",
        subject_code=handover.code,
        actor_id=actor_id,
        reason=reason,
        details={
            "amount_fen": handover.amount_fen,
            "payments": handover.payment_count,
            "reference": handover.reference,
        },
    )
