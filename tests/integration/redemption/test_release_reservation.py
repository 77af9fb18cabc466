"""Untying a voucher from a class that will not be paid for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.funds.queries import get_allotment
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.redemption.operations.call_off import call_off_course_run
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.operations.release import leave_course_run, release_reservation
from marketplace.redemption.queries.reservations import get_reservation
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.enrollment import make_enrollment
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.vouchers import face_value_pack, make_scheme
from tests.kept import kept


def release(case, reason=ExitReason.FOUND_WORK):
    with write_transaction():
        return release_reservation(case.reservation.id, reason=reason, actor_id=None)


def committed(case):
    allotment = get_allotment(case.voucher.allotment_id)
    return get_balance_fen(AccountName("allotment:committed", allotment.code))


@pytest.fixture
@kept
def case(app, now):
    with write_transaction():
        return make_case()


def test_voucher_seat_and_money_are_free_again(case, postings):
    reservation = release(case)
    assert reservation.state is ReservationState.RELEASED
    assert postings(reservation.release_entry_id, case) == {
        ("committed", "debit"): 80_000,
        ("available", "credit"): 80_000,
    }
    assert get_voucher(case.voucher.id).state is VoucherState.ACTIVE
    assert get_enrollment(case.enrollment.id).state is EnrollmentState.WITHDRAWN
    assert get_course_run(case.run.id).seats_taken == 0
    assert committed(case) == 0


def test_releasing_twice_is_once(case, count_entries):
    release(case)
    before = count_entries()
    release(case)
    assert count_entries() == before


def test_a_face_value_stays_committed_while_the_voucher_lives(app, now, count_entries):
    with write_transaction():
        case = make_case(scheme=make_scheme(face_value_pack(50_000)))
    before = count_entries()
    assert release(case).release_entry_id is None
    assert count_entries() == before
    assert committed(case) == 50_000


def test_past_its_validity_the_voucher_ends(app, now):
    with write_transaction():
        case = make_case(scheme=make_scheme(face_value_pack(50_000)))
    with clock.frozen(clock.now() + timedelta(days=91)):
        release(case)
    assert get_voucher(case.voucher.id).state is VoucherState.EXPIRED
    assert committed(case) == 0


def test_a_redeemed_voucher_is_not_released(app, now):
    with write_transaction():
        case = make_ready_case()
        redeem_voucher(case.voucher.id, institution_id=case.institution.id, actor_id=None)
    with pytest.raises(Refused) as refused:
        release(case)
    assert refused.value.codes == ("already_redeemed",)


def test_a_training_that_can_be_redeemed_is_redeemed_instead(app, now):
    with write_transaction():
        case = make_ready_case()
    with pytest.raises(Refused) as refused:
        release(case, ExitReason.NOT_REDEEMABLE)
    assert refused.value.codes == ("redeem_instead",)


def test_a_training_that_cannot_frees_the_voucher_and_keeps_the_result(app, now):
    with write_transaction():
        case = make_ready_case(lessons=1)
    release(case, ExitReason.NOT_REDEEMABLE)
    assert get_voucher(case.voucher.id).state is VoucherState.ACTIVE
    assert get_enrollment(case.enrollment.id).state is EnrollmentState.COMPLETED


def test_a_no_show_frees_the_voucher(case):
    with clock.frozen(list_lessons(case.run.id)[0].ends_at):
        release(case, ExitReason.NO_SHOW)
    assert get_enrollment(case.enrollment.id).state is EnrollmentState.NO_SHOW
    assert get_reservation(case.reservation.id).state is ReservationState.RELEASED


def test_leaving_works_with_and_without_a_voucher(case):
    with write_transaction():
        paying = make_enrollment(course_run=get_course_run(case.run.id))
    for enrollment in (case.enrollment, paying):
        with write_transaction():
            left = leave_course_run(enrollment.id, reason=ExitReason.FAMILY, actor_id=None)
        assert left.state is EnrollmentState.WITHDRAWN
    assert get_course_run(case.run.id).seats_taken == 0


def test_calling_a_class_off_frees_everybody_in_one_act(case):
    with write_transaction():
        second = make_case(course_run=get_course_run(case.run.id), staff=case.staff)
        paying = make_enrollment(course_run=get_course_run(case.run.id))
    with write_transaction():
        run = call_off_course_run(case.run.id, reason="教师生病", actor_id=None)
    assert run.state is CourseRunState.CANCELED
    for freed in (case, second):
        assert get_voucher(freed.voucher.id).state is VoucherState.ACTIVE
        assert get_enrollment(freed.enrollment.id).exit_reason == "run_canceled"
    assert get_enrollment(paying.id).state is EnrollmentState.WITHDRAWN
