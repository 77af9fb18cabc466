"""Tying a voucher to a class: the worker's seat and the voucher's money in one act."""

from __future__ import annotations

from functools import partial

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import CourseRunFacts, get_course_run_facts
from marketplace.catalog.queries.courses import get_course, get_teaching_facts
from marketplace.catalog.rules import refusals_for_spending
from marketplace.copayments.operations.shares import Parts, open_copayment
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.enroll import enroll_worker, list_enrollment_refusals
from marketplace.enrollment.queries import find_live_enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.funding.operations.shares import commit_shares
from marketplace.funds.queries import get_allotment
from marketplace.ledger.operations import post_entry
from marketplace.redemption.entries import entry_for_pooled_reservation, entry_for_reservation
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import (
    find_reservation_of_quote,
    find_standing_reservation,
)
from marketplace.redemption.rules import ReservationFacts, refusals_for_reservation
from marketplace.redemption.states import ReservationState
from marketplace.standing.rules.grades import refusals_for_new_runs
from marketplace.vouchers.models import Quote, Voucher
from marketplace.vouchers.operations.issue import accept_voucher, claim_voucher
from marketplace.vouchers.operations.lifecycle import mark_reserved
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.queries.money import list_sources_of_voucher, quoted_spend_facts
from marketplace.vouchers.queries.quotes import get_quote, verify_quote_signature
from marketplace.vouchers.queries.vouchers import lock_voucher
from marketplace.vouchers.states import VoucherKind, VoucherState


def enroll_with_voucher(
    worker_id: int,
    *,
    course_run_id: int,
    scheme_id: int,
    own_share_fen: int,
    actor_id: int | None,
) -> Reservation:
    """The learner's one confirmation: claim the voucher, or accept the one that was given, if need
    be, fix the price, take the seat.

    `own_share_fen` is what the learner saw and agreed to; another price is refused
    (`price_changed`). Again for the same class returns the reservation that exists.
    """
    enrollment = find_live_enrollment(worker_id, course_run_id)
    if enrollment and (earlier := find_standing_reservation(enrollment.id)):
        return earlier
    voucher = claim_voucher(worker_id, scheme_id=scheme_id, actor_id=actor_id)
    if voucher.state is VoucherState.OFFERED:
        accept_voucher(voucher.id, worker_id=worker_id, actor_id=actor_id)
    quote = make_quote(
        worker_id, voucher_id=voucher.id, course_run_id=course_run_id, actor_id=actor_id
    )
    if (worker_fen := parts_of_quote(quote).worker_fen) != own_share_fen:
        own_share = Money(worker_fen, quote.currency)
        raise Refused(Refusal("price_changed", {"own_share": own_share}))
    return reserve_voucher(voucher.id, quote_id=quote.id, worker_id=worker_id, actor_id=actor_id)


def reserve_voucher(
    voucher_id: int, *, quote_id: int, worker_id: int, actor_id: int | None
) -> Reservation:
    """Enroll the worker in the quote's class and tie the voucher to it.

    An honest retry gets the same reservation. Refuses a voucher that is not free or not in time,
    a quote that is altered, past or another's, everything enrollment refuses, and an institution
    whose grade bars enrollments or whose state, occupations, levels, sites or dates no longer
    cover the class. Books `voucher.reserved` for an entitlement: its amount becomes committed;
    what the voucher leaves over is opened as a co-payment.
    """
    voucher = _lock_own(voucher_id, worker_id)
    earlier = find_reservation_of_quote(quote_id)
    if earlier and earlier.voucher_id == voucher_id:
        return earlier
    quote = get_quote(quote_id)
    run = get_course_run_facts(quote.course_run_id)
    refusals = refusals_for_reservation(_facts(voucher, quote))
    refusals += list_enrollment_refusals(worker_id, run) + _refusals_of_institution(run)
    if refusals:
        raise Refused(refusals)

    enrollment = enroll_worker(worker_id, course_run_id=quote.course_run_id, actor_id=actor_id)
    return tie_voucher(voucher, quote, enrollment, run, actor_id)


def tie_voucher(
    voucher: Voucher,
    quote: Quote,
    enrollment: Enrollment,
    run: CourseRunFacts,
    actor_id: int | None,
) -> Reservation:
    """The voucher pays for an enrollment by a quote; who calls has asked every rule.

    Books `voucher.reserved` for an entitlement, available → committed.
    """
    code = new_code("RS")
    reservation = Reservation(
        code=code,
        voucher_id=voucher.id,
        enrollment_id=enrollment.id,
        quote_id=quote.id,
        institution_id=run.institution_id,
        amount_fen=quote.value_fen,
        state=ReservationState.HELD,
        entry_id=_commit_money(voucher, code, quote, actor_id),
        reserved_at=clock.now(),
    )
    db.session.add(reservation)
    mark_reserved(voucher.id)
    db.session.flush()
    parts, owner_id = parts_of_quote(quote), run.institution_id
    open_copayment(enrollment, institution_id=owner_id, parts=parts, actor_id=actor_id)
    record_event(
        "voucher.reserved",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        details={"reservation": code, "course_run": run.code, "amount_fen": quote.value_fen},
    )
    return reservation


def parts_of_quote(quote: Quote) -> Parts:
    """Who pays what of the fee, by the lines that were signed."""
    lines = {line["code"]: line for line in quote.lines}
    employer = lines.get("employer_share")
    employer_fen = employer["amount_fen"] if employer else 0
    return Parts(
        fee_fen=quote.fee_fen,
        fund_fen=quote.value_fen,
        employer_fen=employer_fen,
        worker_fen=quote.own_share_fen - employer_fen,
        currency=quote.currency,
        agreement=employer["params"]["agreement"] if employer and employer_fen else None,
    )


def _lock_own(voucher_id: int, worker_id: int) -> Voucher:
    voucher = lock_voucher(voucher_id)
    if voucher.worker_id != worker_id:
        raise NotFound("voucher")
    return voucher


def _refusals_of_institution(run: CourseRunFacts) -> tuple[Refusal, ...]:
    """Grade, state and scope as they stand now, for every day of the class."""
    facts = get_teaching_facts(get_course(run.course_id), site_id=run.site_id)
    return refusals_for_new_runs(facts.grade_bar) + refusals_for_spending(
        facts, first_on=run.starts_on, last_on=run.ends_on
    )


def _facts(voucher: Voucher, quote: Quote) -> ReservationFacts:
    return ReservationFacts(
        now=clock.now(),
        today=clock.today(),
        voucher_state=voucher.state,
        valid_from=voucher.valid_from,
        expires_on=voucher.expires_on,
        quote_is_genuine=verify_quote_signature(quote),
        quote_is_for_voucher=(quote.voucher_id, quote.worker_id) == (voucher.id, voucher.worker_id),
        quote_valid_until=quote.valid_until,
    )


def _commit_money(
    voucher: Voucher, reservation_code: str, quote: Quote, actor_id: int | None
) -> int | None:
    """Face value was committed when the voucher was issued; sign-in only commits nothing."""
    if voucher.kind is not VoucherKind.ENTITLEMENT:
        return None
    if voucher.is_pooled:
        return _commit_pooled_money(voucher, reservation_code, quote, actor_id)
    entry = entry_for_reservation(
        reservation_code,
        allotment_code=get_allotment(voucher.allotment_id).code,
        amount=Money(quote.value_fen, quote.currency),
        on=clock.today(),
    )
    return post_entry(entry, actor_id=actor_id)


def _commit_pooled_money(
    voucher: Voucher, reservation_code: str, quote: Quote, actor_id: int | None
) -> int:
    """Several funds promise it, each in its turn and scope, for what the quote was made for."""
    today = clock.today()
    return commit_shares(
        voucher.id,
        Money(quote.value_fen, quote.currency),
        sources=list_sources_of_voucher(voucher, on=today),
        facts=quoted_spend_facts(voucher, quote, on=today),
        draft=partial(
            entry_for_pooled_reservation, reservation_code, currency=quote.currency, on=today
        ),
        actor_id=actor_id,
    )
