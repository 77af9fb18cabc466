"""Looking a voucher up by its code: one exact code, never a list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.audit.queries import list_events
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.queries import find_attendance
from marketplace.enrollment.states import AttendanceMethod
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.redemption.operations.look_up import look_up_voucher, sign_in_by_voucher
from tests.factories.catalog import make_open_course_run
from tests.factories.institutions import make_accredited_institution
from tests.factories.redemption import make_case
from tests.kept import kept


@pytest.fixture
@kept
def case(app, now):
    with write_transaction():
        return make_case()


def look_up(case, typed, institution=None):
    with write_transaction():
        return look_up_voucher(
            typed,
            institution_id=(institution or case.institution).id,
            actor_id=case.staff.id,
        )


def test_the_own_learner_is_found_however_the_code_is_typed(case):
    code = case.voucher.code
    for typed in (code, f" {code.lower()} ", f"{code[:6]} {code[6:]}"):
        assert look_up(case, typed).id == case.enrollment.id


def test_anothers_voucher_looks_like_none(case):
    with write_transaction():
        other = make_accredited_institution()
    assert look_up(case, case.voucher.code, other) is None
    events = list_events(PageRequest(), event="voucher.look_up_missed").items
    assert [event.actor_id for event in events] == [case.staff.id]
    assert case.voucher.code not in str(events[0].details)


def test_ten_misses_in_an_hour_lock_the_login(case):
    for number in range(10):
        assert look_up(case, f"VC-{number}") is None
    with pytest.raises(Refused) as refused:
        look_up(case, case.voucher.code)
    assert refused.value.codes == ("look_ups_locked",)
    with clock.frozen(clock.now() + timedelta(minutes=61)):
        assert look_up(case, case.voucher.code) is not None


class TestSigningIn:
    def sign_in(self, case, typed, run=None):
        run = run or case.run
        lesson = list_lessons(run.id)[0]
        with clock.frozen(lesson.starts_at), write_transaction():
            return sign_in_by_voucher(
                typed,
                course_run_id=run.id,
                lesson_id=lesson.id,
                institution_id=case.institution.id,
                actor_id=case.staff.id,
            )

    def test_a_scanned_voucher_proves_presence(self, case):
        assert self.sign_in(case, case.voucher.code).id == case.enrollment.id
        attendance = find_attendance(case.enrollment.id, list_lessons(case.run.id)[0].id)
        assert attendance.method is AttendanceMethod.VOUCHER_SCAN

    def test_a_voucher_of_another_class_is_unknown_here(self, case):
        with write_transaction():
            other = make_open_course_run()
        assert self.sign_in(case, case.voucher.code, other) is None
