"""A co-payment's own life: opened with the seat, divided with an employer, ended with a leaver."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run_facts, list_lessons
from marketplace.copayments.entries import entry_for_end, entry_for_opening, entry_for_sharing
from marketplace.copayments.models import Copayment, CopaymentRefund
from marketplace.copayments.queries import (
    find_copayment,
    find_pending,
    get_payment,
    list_payments,
    lock_copayment,
    open_fen,
)
from marketplace.copayments.rules import (
    End,
    EndFacts,
    Paid,
    refusals_for_sharing,
    settle_end,
    settle_part,
)
from marketplace.copayments.states import PART_EARNED, Party, PaymentState
from marketplace.employers.agreement_rules import split_own_share
from marketplace.employers.models import EmployerAgreement
from marketplace.employers.queries.agreements import get_agreement_by_code, share_of
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.ledger.operations import post_entry
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import list_user_ids_of_workers


@dataclass(frozen=True, slots=True)
class Parts:
    """How a quote divides the fee. Amounts in fen."""

    fee_fen: int
    fund_fen: int
    employer_fen: int
    worker_fen: int
    currency: str
    agreement: str | None = None
    """Code of the agreement by which an employer pays."""


def open_copayment(
    enrollment: Enrollment, *, institution_id: int, parts: Parts, actor_id: int | None
) -> Copayment | None:
    """The learner is enrolled with a voucher: who owes what of the rest. None: nothing is left.

    Books `copayment.opened`: receivable of worker and employer, payable to the institution.
    """
    if parts.employer_fen + parts.worker_fen == 0:
        return None
    if earlier := find_copayment(enrollment.id):
        return earlier
    agreement = get_agreement_by_code(parts.agreement) if parts.agreement else None
    copayment = Copayment(
        code=new_code("CP"),
        enrollment_id=enrollment.id,
        worker_id=enrollment.worker_id,
        institution_id=institution_id,
        agreement_id=agreement.id if agreement else None,
        fee_fen=parts.fee_fen,
        fund_fen=parts.fund_fen,
        employer_fen=parts.employer_fen,
        worker_fen=parts.worker_fen,
        currency=parts.currency,
        opened_at=clock.now(),
    )
    db.session.add(copayment)
    db.session.flush()
    owed = {party: Money(copayment.share_fen(party), parts.currency) for party in Party}
    post_entry(entry_for_opening(copayment.code, parts=owed, on=clock.today()), actor_id=actor_id)
    record_event(
        "copayment.opened",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=actor_id,
        details={"worker_fen": parts.worker_fen, "employer_fen": parts.employer_fen},
    )
    return copayment


def apply_agreement(
    copayment: Copayment, agreement: EmployerAgreement, *, actor_id: int
) -> Copayment:
    """Divide a co-payment anew by what an employer has signed since.

    Refuses `copayment_over`, `copayment_pending`, `copayment_paid_already`. Books
    `copayment.shared` when anything moves.
    """
    copayment = lock_copayment(copayment.id)
    own_share_fen = copayment.employer_fen + copayment.worker_fen
    employer_fen, worker_fen = split_own_share(own_share_fen, share_of(agreement))
    refusals = refusals_for_sharing(
        has_ended=copayment.ended_at is not None,
        is_pending=find_pending(copayment.id, Party.WORKER) is not None,
        worker_paid=copayment.worker_fen - open_fen(copayment, Party.WORKER),
        employer_paid=copayment.employer_fen - open_fen(copayment, Party.EMPLOYER),
        worker_fen=worker_fen,
        employer_fen=employer_fen,
    )
    if refusals:
        raise Refused(refusals)
    moved = employer_fen - copayment.employer_fen
    copayment.agreement_id = agreement.id
    copayment.employer_fen, copayment.worker_fen = employer_fen, worker_fen
    db.session.flush()
    if moved:
        entry = entry_for_sharing(
            copayment.code,
            agreement.code,
            moved=Money(abs(moved), copayment.currency),
            to=Party.EMPLOYER if moved > 0 else Party.WORKER,
            on=clock.today(),
        )
        post_entry(entry, actor_id=actor_id)
    record_event(
        "copayment.shared",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=actor_id,
        details={"worker_fen": worker_fen, "employer_fen": employer_fen},
    )
    return copayment


def end_copayment(
    enrollment_id: int, *, reason: ExitReason, actor_id: int | None
) -> Copayment | None:
    """The learner leaves: what is still asked for and what comes back, by the coded reason.

    Books `copayment.ended`. What was paid too much waits as a refund: at the counter until the
    institution has given it back, over the internet until Stripe has. Again changes nothing.
    """
    found = find_copayment(enrollment_id)
    if found is None or found.ended_at is not None:
        return found
    copayment = lock_copayment(found.id)
    end = settle_end(_end_facts(copayment, reason))
    _end(copayment, end, reason=reason.value, actor_id=actor_id)
    tell_worker("copayment.refund_due", copayment, sum(end.give_back.values()))
    return copayment


def end_copayment_by_part(
    enrollment_id: int, *, percent: int, actor_id: int | None
) -> Copayment | None:
    """The voucher paid so many percent of its amount for good: so many of each share are owed.

    Books `copayment.ended` and notes refunds as `end_copayment` does. Again changes nothing.
    """
    found = find_copayment(enrollment_id)
    if found is None or found.ended_at is not None:
        return found
    copayment = lock_copayment(found.id)
    end = settle_part(_end_facts(copayment, None), percent=percent)
    _end(copayment, end, reason=PART_EARNED, actor_id=actor_id)
    tell_worker("copayment.part_back", copayment, sum(end.give_back.values()))
    return copayment


def _end(copayment: Copayment, end: End, *, reason: str, actor_id: int | None) -> None:
    copayment.ended_at, copayment.end_reason = clock.now(), reason
    copayment.kept_fen = sum(end.kept.values())
    db.session.flush()
    _book_end(copayment, end, actor_id)
    for payment_code, fen in end.give_back.items():
        owe_back(payment_code, fen)
    record_event(
        "copayment.ended",
        subject_kind="copayment",
        subject_code=copayment.code,
        actor_id=actor_id,
        reason=reason,
        details={"kept_fen": copayment.kept_fen, "back_fen": sum(end.give_back.values())},
    )


def owe_back(payment_code: str, fen: int) -> CopaymentRefund:
    """Note that part of a payment has to go back; it does so later, once."""
    refund = CopaymentRefund(
        code=new_code("RF"),
        payment_id=get_payment(payment_code).id,
        amount_fen=fen,
        state=PaymentState.PENDING,
        created_at=clock.now(),
    )
    db.session.add(refund)
    db.session.flush()
    return refund


def _end_facts(copayment: Copayment, reason: ExitReason | None) -> EndFacts:
    lessons = list_lessons(get_enrollment(copayment.enrollment_id).course_run_id)
    now = clock.now()
    return EndFacts(
        reason=reason,
        lessons_begun=sum(lesson.starts_at <= now for lesson in lessons),
        lessons_total=len(lessons),
        shares={party: copayment.share_fen(party) for party in Party},
        open={party: open_fen(copayment, party) for party in Party},
        paid=[
            Paid(payment.code, payment.party, payment.amount_fen)
            for payment in list_payments(copayment.id)
            if payment.state is PaymentState.SUCCEEDED and payment.passed_on_reference is None
        ],
    )


def _book_end(copayment: Copayment, end: End, actor_id: int | None) -> None:
    if not sum(end.let_go.values()) + sum(end.give_back.values()):
        return
    currency = copayment.currency
    entry = entry_for_end(
        copayment.code,
        let_go={party: Money(fen, currency) for party, fen in end.let_go.items()},
        give_back={code: Money(fen, currency) for code, fen in end.give_back.items()},
        on=clock.today(),
    )
    post_entry(entry, actor_id=actor_id)


def tell_worker(kind: str, copayment: Copayment, fen: int) -> None:
    """A message to the learner, if they have a login and it is about any money."""
    user_id = list_user_ids_of_workers([copayment.worker_id]).get(copayment.worker_id)
    if not fen or user_id is None:
        return
    run = get_course_run_facts(get_enrollment(copayment.enrollment_id).course_run_id)
    params = {"title": run.title, "amount": Money(fen, copayment.currency)}
    send_notice(user_id, kind=kind, params=params)
