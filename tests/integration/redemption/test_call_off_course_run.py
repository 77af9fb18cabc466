"""Canceling a class: every reservation released with its entry, everybody told, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.courses import get_course
from marketplace.catalog.queries.similar import list_similar_runs
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.money import Money
from marketplace.notices.models import Notice
from marketplace.redemption.operations.call_off import call_off_course_run
from marketplace.redemption.queries.call_off import find_last_reservation, get_call_off_preview
from marketplace.redemption.queries.reservations import get_reservation
from marketplace.redemption.states import ReservationState
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_enrollment, make_staff
from tests.factories.people import make_user, make_worker
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.vouchers import face_value_pack, make_scheme
from tests.kept import kept


@pytest.fixture
@kept
def case(app, now):
    with write_transaction():
        return make_case(worker=make_worker(make_user()))


def call_off(run_id: int, reason: str = "教师生病"):
    with write_transaction():
        return call_off_course_run(run_id, reason=reason, actor_id=None)


def kinds() -> list[str]:
    return list(db.session.scalars(select(Notice.kind).order_by(Notice.id)))


def test_every_voucher_is_released_by_its_own_balanced_entry(case, postings):
    with write_transaction():
        run = get_course_run(case.run.id)
        second = make_case(course_run=run, staff=case.staff)
    call_off(case.run.id)
    for freed in (case, second):
        reservation = get_reservation(freed.reservation.id)
        assert reservation.state is ReservationState.RELEASED
        assert postings(reservation.release_entry_id, freed) == {
            ("committed", "debit"): 80_000,
            ("available", "credit"): 80_000,
        }
        enrollment = get_enrollment(freed.enrollment.id)
        assert enrollment.state is EnrollmentState.WITHDRAWN
        assert enrollment.exit_reason == "run_canceled"
    assert get_course_run(case.run.id).seats_taken == 0
    assert check_books().violations == ()


def test_a_face_value_moves_no_money_unless_it_has_expired(app, now, count_entries):
    with write_transaction():
        scheme = make_scheme(face_value_pack(50_000))
        case = make_case(scheme=scheme, course_run=make_open_course_run(
            starts_on=clock.today() + timedelta(days=120)
        ))  # fmt: skip
        other = make_case(scheme=scheme, course_run=make_open_course_run(
            starts_on=clock.today() + timedelta(days=120)
        ))  # fmt: skip
    before = count_entries()
    call_off(case.run.id)
    assert count_entries() == before
    assert get_voucher(case.voucher.id).state is VoucherState.ACTIVE
    with clock.frozen(clock.now() + timedelta(days=100)):
        assert get_call_off_preview(other.run.id).vouchers_expired == 1
        call_off(other.run.id)
        assert check_books().violations == ()
    assert get_voucher(other.voucher.id).state is VoucherState.EXPIRED
    assert count_entries() == before + 1
    assert kinds() == ["course_run.canceled_voucher_free", "course_run.canceled_voucher_expired"]


def test_doing_it_twice_is_doing_it_once(case, count_entries):
    call_off(case.run.id)
    entries, told = count_entries(), kinds()
    again = call_off(case.run.id, "另一理由")
    assert again.cancel_reason == "教师生病"
    assert (count_entries(), kinds()) == (entries, told)


def test_everybody_reads_what_happened_to_their_voucher(case):
    with write_transaction():
        paying = make_enrollment(make_worker(make_user()), course_run=get_course_run(case.run.id))
    call_off(case.run.id)
    rows = {row.link: row for row in db.session.scalars(select(Notice).order_by(Notice.id))}
    mine = rows[f"/me/classes/{case.enrollment.code}"]
    assert mine.kind == "course_run.canceled_voucher_free"
    assert mine.params["voucher"] == case.voucher.code
    assert rows[f"/me/classes/{paying.code}"].kind == "course_run.canceled"
    reservation, voucher = find_last_reservation(get_enrollment(case.enrollment.id))
    assert (reservation.id, voucher.id) == (case.reservation.id, case.voucher.id)
    assert find_last_reservation(paying) is None


def test_the_preview_names_the_effect_and_does_nothing(case, count_entries):
    with write_transaction():
        staff = make_staff(case.run.institution_id)
        attend(get_enrollment(case.enrollment.id), staff.id, lessons=1)
        make_enrollment(course_run=get_course_run(case.run.id))
    entries = count_entries()
    preview = get_call_off_preview(case.run.id)
    assert (preview.learners, preview.vouchers, preview.results) == (2, 1, 0)
    assert preview.released == (Money(80_000, "CNY"),)
    assert preview.lessons_held == 1
    assert count_entries() == entries
    assert get_voucher(case.voucher.id).state is VoucherState.RESERVED


def test_without_a_reason_nothing_is_released(case, count_entries):
    before = count_entries()
    with pytest.raises(Refused) as refused:
        call_off(case.run.id, " ")
    assert refused.value.codes == ("reason_missing",)
    assert count_entries() == before and kinds() == []
    assert get_voucher(case.voucher.id).state is VoucherState.RESERVED
    assert get_course_run(case.run.id).state is CourseRunState.OPEN


def test_a_class_with_results_is_finished_not_canceled(app, now, count_entries):
    with write_transaction():
        case = make_ready_case()
    before = count_entries()
    assert get_call_off_preview(case.run.id).results == 1
    with pytest.raises(Refused) as refused:
        call_off(case.run.id)
    assert refused.value.codes == ("course_run_has_results",)
    assert count_entries() == before


def test_similar_classes_are_offered_the_same_course_first(case):
    with write_transaction():
        run = get_course_run(case.run.id)
        full = make_open_course_run(capacity=1)
        make_enrollment(course_run=full)
        later = make_open_course_run(
            get_course(run.course_id), starts_on=clock.today() + timedelta(days=40)
        )
    call_off(case.run.id)
    assert [one.run_code for one in list_similar_runs(get_course_run(run.id))] == [later.code]
