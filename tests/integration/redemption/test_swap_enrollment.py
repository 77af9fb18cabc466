"""Changing to another class with the money, and leaving at one's own cost: the whole life."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.courses import get_course
from marketplace.enrollment.operations.enroll import enroll_or_wait, enroll_worker
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import EnrollmentState, ExitReason, WaitingState
from marketplace.enrollment.waiting_queries import find_waiting_place
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import list_notices
from marketplace.redemption.models import Swap
from marketplace.redemption.operations.release import leave_course_run
from marketplace.redemption.operations.swap import swap_enrollment
from marketplace.redemption.operations.swap_self_paid import swap_self_paid_enrollment
from marketplace.redemption.queries.reservations import find_standing_reservation, get_reservation
from marketplace.redemption.queries.swaps import get_swap_plan, list_swappable_classes
from marketplace.redemption.queries.withdrawals import find_withdrawal, get_leaving_choices
from marketplace.redemption.states import VoucherOutcome
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.operations.lifecycle import forgive_voucher
from marketplace.vouchers.queries.facts import get_claim_facts, get_claimant
from marketplace.vouchers.queries.quotes import get_quote, rerun_quote, verify_quote_signature
from marketplace.vouchers.queries.schemes import find_scheme_in_force
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherOrigin, VoucherState
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.enrollment import make_staff
from tests.factories.people import make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule
from tests.kept import kept

LEAVING = {
    "window": rule({"until_days_before_start": 1, "days_after_enrolling": 3}),
    "borne_by": rule([{"reason": "other", "by": "worker"}]),
    "swap_price": rule("kept_for_same_course"),
    "swaps_max": rule(2),
}


def swap(enrollment_id, run, own_share_fen=40_000):
    with write_transaction():
        return swap_enrollment(
            enrollment_id, course_run_id=run.id, own_share_fen=own_share_fen, actor_id=None
        )


def kinds_of(user_id):
    return [notice.kind for notice in list_notices(user_id, PageRequest()).items]


@pytest.fixture
@kept
def story(app, now):
    """A class of one seat with somebody waiting, and a dearer one of another institution."""
    with write_transaction():
        once = rule(True)
        limits = {"same_occupation_level_once": once, "per_year_max": rule(1)}
        scheme = make_scheme(make_pack(leaving=LEAVING, limits=limits))
        occupation = make_occupation()
        first = make_open_course_run(make_listed_course(occupation=occupation), capacity=1)
        dear = make_listed_course(occupation=occupation, fee_fen=150_000, title="高压电工")
        case = make_case(scheme=scheme, course_run=first)
        waiting = make_worker()
        enroll_or_wait(waiting.id, course_run_id=first.id, actor_id=None)
        second = make_open_course_run(dear, capacity=1)
        return case, second, waiting, make_staff(second.institution_id)


def test_the_money_goes_along_and_the_waiting_list_moves_up(story, postings, count_entries):
    case, second, waiting, new_staff = story
    plan = get_swap_plan(get_enrollment(case.enrollment.id), second.id)
    assert (plan.refusals, plan.own_share.fen, plan.difference_fen) == ((), 70_000, 30_000)
    [mine] = list_swappable_classes(case.worker.id)
    assert mine.enrollment_code == case.enrollment.code
    before = count_entries()
    with pytest.raises(Refused, match="price_changed"):
        swap(case.enrollment.id, second)
    done = swap(case.enrollment.id, second, 70_000)
    assert swap(case.enrollment.id, second, 70_000).id == done.id, "an honest retry"
    assert count_entries() == before + 2

    old, new = get_reservation(done.from_reservation_id), get_reservation(done.to_reservation_id)
    back = {("committed", "debit"): 80_000, ("available", "credit"): 80_000}
    again = {("available", "debit"): 80_000, ("committed", "credit"): 80_000}
    assert postings(old.release_entry_id, case) == back
    assert postings(new.entry_id, case) == again
    assert new.institution_id == second.institution_id != old.institution_id
    left = get_enrollment(case.enrollment.id)
    assert (left.state, left.exit_reason) == (EnrollmentState.WITHDRAWN, ExitReason.SWAPPED)
    assert get_voucher(case.voucher.id).state is VoucherState.RESERVED
    assert find_standing_reservation(done.to_enrollment_id).id == new.id
    place = find_waiting_place(waiting.id, case.run.course_id)
    assert (place.state, place.course_run_id) == (WaitingState.OFFERED, case.run.id)
    assert get_course_run(second.id).seats_taken == get_course_run(case.run.id).seats_taken == 1
    assert kinds_of(case.worker.user_id)[0] == "swap.learner"
    assert kinds_of(case.staff.id)[0] == "swap.left_institution"
    assert kinds_of(new_staff.id)[0] == "swap.new_institution"
    assert not list(check_books().violations)


def test_another_class_of_the_same_course_keeps_the_price(story):
    case, _second, _waiting, _staff = story
    with write_transaction():
        later = make_open_course_run(
            get_course(case.run.course_id), starts_on=clock.today() + timedelta(20)
        )
    done = swap(case.enrollment.id, later)
    quote = get_quote(get_reservation(done.to_reservation_id).quote_id)
    first = get_quote(case.reservation.quote_id)
    assert done.price_kept
    assert quote.course_run_id == later.id
    assert quote.lines == first.lines
    assert verify_quote_signature(quote)
    assert rerun_quote(quote) == (first.lines, ())


def test_a_refused_swap_tells_every_reason_and_changes_nothing(story, count_entries):
    case, second, _waiting, _staff = story
    with write_transaction():
        enroll_worker(make_worker().id, course_run_id=second.id, actor_id=None)
        other = make_open_course_run(make_listed_course(title="焊工"))
        enroll_worker(case.worker.id, course_run_id=other.id, actor_id=None)
    before = count_entries()
    with pytest.raises(Refused) as refused:
        swap(case.enrollment.id, second, 70_000)
    assert refused.value.codes == ("swap_overlaps", "class_full")
    with clock.frozen(clock.now() + timedelta(days=7)), pytest.raises(Refused) as late:
        swap(case.enrollment.id, second, 70_000)
    assert "swap_class_began" in late.value.codes
    with pytest.raises(Refused, match="already_enrolled"):
        swap(case.enrollment.id, other)
    assert count_entries() == before
    assert find_standing_reservation(case.enrollment.id).id == case.reservation.id
    assert db.session.scalar(select(Swap.id)) is None


def test_leaving_late_uses_the_voucher_up_until_an_officer_forgives_it(story, postings):
    case, _second, _waiting, _staff = story
    asked = {"reason": ExitReason.OTHER, "actor_id": case.worker.user_id}
    enrollment_id = case.enrollment.id
    choices = get_leaving_choices(get_enrollment(enrollment_id))
    assert {one.outcome for one in choices.values()} == {VoucherOutcome.FREE}, "in the window"
    assert ExitReason.CLASS_CHANGED not in choices
    with clock.frozen(clock.now() + timedelta(days=4)):
        choices = get_leaving_choices(get_enrollment(enrollment_id))
        assert choices[ExitReason.OTHER].outcome is VoucherOutcome.CONSUMED
        assert choices[ExitReason.ILLNESS].outcome is VoucherOutcome.FREE
        with pytest.raises(Refused, match="leaving_costs_voucher"), write_transaction():
            leave_course_run(enrollment_id, told=VoucherOutcome.FREE, **asked)
        with write_transaction():
            leave_course_run(enrollment_id, told=VoucherOutcome.CONSUMED, **asked)
        voucher = get_voucher(case.voucher.id)
        assert (voucher.state, voucher.consumed_on) == (VoucherState.EXPIRED, clock.today())
        found = find_withdrawal(enrollment_id)
        assert (found.bearer, found.acknowledged_at) == ("worker", clock.now())
        assert found.rule is not None
        back = {("committed", "debit"): 80_000, ("available", "credit"): 80_000}
        assert postings(get_reservation(case.reservation.id).release_entry_id, case) == back
        assert vouchers_this_year(case) == 1, "used up is used"
        with write_transaction():
            forgive_voucher(case.voucher.id, reason="住院证明", actor_id=None)
        assert vouchers_this_year(case) == 0
        assert not list(check_books().violations)


def vouchers_this_year(case):
    offer = find_scheme_in_force(case.voucher.scheme_id, on=clock.today())
    asked = {"way": VoucherOrigin.CLAIMED, "on": clock.today()}
    return get_claim_facts(get_claimant(case.worker.id), offer, **asked)[0].vouchers_this_year


def test_who_pays_alone_moves_the_seat_within_the_institution_and_no_money_moves(
    story, count_entries
):
    case, second, _waiting, _staff = story
    before = count_entries()
    with write_transaction():
        alone = make_worker()
        course = make_listed_course(institution=case.institution)
        runs = [make_open_course_run(course, capacity=1) for _run in range(2)]
        enrollment = enroll_worker(alone.id, course_run_id=runs[0].id, actor_id=None)
    with pytest.raises(Refused, match="swap_paid_elsewhere"), write_transaction():
        swap_self_paid_enrollment(enrollment.id, course_run_id=second.id, actor_id=None)
    for _twice in range(2):
        with write_transaction():
            moved = swap_self_paid_enrollment(
                enrollment.id, course_run_id=runs[1].id, actor_id=None
            )
            assert moved.course_run_id == runs[1].id
    left = get_enrollment(enrollment.id)
    assert (left.state, left.exit_reason) == (EnrollmentState.WITHDRAWN, ExitReason.SWAPPED)
    assert [get_course_run(run.id).seats_taken for run in runs] == [0, 1]
    assert count_entries() == before
