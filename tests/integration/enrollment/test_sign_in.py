"""Signing in by the screen's code; presence by hand with a second person, also for raw SQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.queries import list_events
from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.enrollment.operations.attendance import (
    confirm_presence,
    enter_presence,
    record_attendance,
    refuse_presence,
)
from marketplace.enrollment.operations.complete import complete_enrollment
from marketplace.enrollment.operations.sign_in import (
    close_sign_in,
    open_sign_in,
    sign_in_by_token,
    sign_in_by_typed_code,
)
from marketplace.enrollment.queries import find_attendance, get_enrollment
from marketplace.enrollment.sign_in_codes import receipt_for, token_for, typed_code_for, window_of
from marketplace.enrollment.sign_in_queries import find_waiting_entry
from marketplace.enrollment.states import (
    AssessmentResult,
    AttendanceMethod,
    AttendanceReason,
    AttendanceState,
    EnrollmentState,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import list_notices
from marketplace.people.queries.workers import get_worker
from tests.factories.enrollment import make_enrollment, make_staff
from tests.kept import kept

SECONDS = timedelta(seconds=1)


@pytest.fixture
@kept
def learner(app, now):
    with write_transaction():
        return make_enrollment()


@pytest.fixture
@kept
def staff(learner):
    with write_transaction():
        return make_staff(get_course_run(learner.course_run_id).institution_id)


@pytest.fixture
def lesson(learner):
    return list_lessons(learner.course_run_id)[0]


@pytest.fixture
def opening(lesson, staff):
    with clock.frozen(lesson.starts_at), write_transaction():
        return open_sign_in(lesson.id, actor_id=staff.id).code


def user_of(enrollment):
    return get_worker(enrollment.worker_id).user_id


def scan(learner, token, at, receipt="", device="phone"):
    with clock.frozen(at), write_transaction():
        return sign_in_by_token(
            token,
            worker_id=learner.worker_id,
            actor_id=user_of(learner),
            device_key=device,
            receipt=receipt,
        )


def type_in(learner, figures, at):
    with clock.frozen(at), write_transaction():
        return sign_in_by_typed_code(
            figures, worker_id=learner.worker_id, actor_id=user_of(learner), device_key="phone"
        )


class TestScanning:
    def test_it_is_recorded_with_its_proof_at_the_servers_time(self, learner, lesson, opening):
        at = lesson.starts_at + 40 * SECONDS
        attendance = scan(learner, token_for(opening, window_of(at)), at)
        assert attendance.method is AttendanceMethod.LEARNER_SCAN
        assert (attendance.recorded_at, attendance.device_key) == (at, "phone")
        assert attendance.code_shown_at == lesson.starts_at + 30 * SECONDS
        assert get_enrollment(learner.id).state is EnrollmentState.TRAINING

    def test_again_is_the_same_even_when_the_code_is_old(self, learner, lesson, opening):
        token = token_for(opening, window_of(lesson.starts_at))
        first = scan(learner, token, lesson.starts_at)
        assert scan(learner, token, lesson.starts_at + timedelta(hours=2)).id == first.id

    def test_an_old_code_is_refused_with_its_reason(self, learner, lesson, opening):
        token = token_for(opening, window_of(lesson.starts_at))
        with pytest.raises(Refused) as refused:
            scan(learner, token, lesson.starts_at + 46 * SECONDS)
        assert refused.value.codes == ("sign_in_code_past",)
        assert find_attendance(learner.id, lesson.id) is None

    def test_who_held_it_in_time_may_confirm_a_moment_later(self, learner, lesson, opening):
        token = token_for(opening, window_of(lesson.starts_at))
        mine = receipt_for(token, worker_id=learner.worker_id, seen_at=lesson.starts_at)
        others = receipt_for(token, worker_id=learner.worker_id + 1, seen_at=lesson.starts_at)
        at = lesson.starts_at + 100 * SECONDS
        with pytest.raises(Refused):
            scan(learner, token, at, others)
        assert scan(learner, token, at, mine).state is AttendanceState.PRESENT

    def test_a_code_of_another_class_signs_nobody_in(self, learner, lesson, opening):
        with write_transaction():
            stranger = make_enrollment()
        with pytest.raises(Refused) as refused:
            scan(stranger, token_for(opening, window_of(lesson.starts_at)), lesson.starts_at)
        assert refused.value.codes == ("not_your_class",)

    def test_a_forged_code_and_a_closed_lesson_are_refused(self, learner, lesson, opening, staff):
        token = token_for(opening, window_of(lesson.starts_at))
        with pytest.raises(Refused) as refused:
            scan(learner, token[:-3] + "000", lesson.starts_at)
        assert refused.value.codes == ("sign_in_code_unknown",)
        with clock.frozen(lesson.starts_at), write_transaction():
            close_sign_in(lesson.id, actor_id=staff.id)
        with pytest.raises(Refused) as refused:
            scan(learner, token, lesson.starts_at)
        assert refused.value.codes == ("sign_in_not_open",)

    def test_being_there_outweighs_an_absence_entered_before(self, learner, lesson, opening, staff):
        with clock.frozen(lesson.starts_at), write_transaction():
            record_attendance(
                learner.id,
                lesson_id=lesson.id,
                state=AttendanceState.ABSENT,
                method=AttendanceMethod.STAFF_ENTRY,
                reason=None,
                actor_id=staff.id,
            )
        scan(learner, token_for(opening, window_of(lesson.starts_at)), lesson.starts_at)
        assert find_attendance(learner.id, lesson.id).state is AttendanceState.PRESENT


class TestTyping:
    def test_the_figures_of_now_count_and_old_ones_say_so(self, learner, lesson, opening):
        window = window_of(lesson.starts_at)
        figures = typed_code_for(opening, window)
        with pytest.raises(Refused) as refused:
            type_in(learner, figures, lesson.starts_at + timedelta(minutes=4))
        assert refused.value.codes == ("sign_in_code_past",)
        shown = f"{figures[:3]} {figures[3:]}"
        done = type_in(learner, shown, lesson.starts_at)
        assert (done.enrollment_code, done.lesson_number) == (learner.code, lesson.number)
        assert type_in(learner, shown, lesson.starts_at) == done
        attendance = find_attendance(learner.id, lesson.id)
        assert attendance.method is AttendanceMethod.LEARNER_CODE
        assert attendance.code_shown_at == lesson.starts_at
        assert attendance.learner_confirmed_at == lesson.starts_at
        assert get_enrollment(learner.id).state is EnrollmentState.TRAINING
        assert list_events(PageRequest(), event="attendance.recorded").total == 1

    def test_ten_misses_lock_typing_and_not_scanning(self, learner, lesson, opening):
        at, window = lesson.starts_at, window_of(lesson.starts_at)
        taken = {typed_code_for(opening, window - back) for back in range(25)}
        wrong = [one for number in range(40) if (one := f"{number:06}") not in taken][:10]
        for figures in wrong:
            assert type_in(learner, figures, at) is None
        with pytest.raises(Refused) as refused:
            type_in(learner, typed_code_for(opening, window), at)
        assert refused.value.codes == ("sign_in_codes_locked",)
        assert list_events(PageRequest(), event="attendance.code_missed").total == 10
        assert scan(learner, token_for(opening, window), at)


class TestByHand:
    def enter(self, learner, lesson, staff):
        with clock.frozen(lesson.ends_at), write_transaction():
            return enter_presence(
                learner.id,
                lesson_id=lesson.id,
                reason=AttendanceReason.DEVICE_FAILED,
                actor_id=staff.id,
            )

    def test_it_counts_once_the_learner_or_a_colleague_confirms(self, learner, lesson, staff):
        entry = self.enter(learner, lesson, staff)
        assert self.enter(learner, lesson, staff).id == entry.id
        [notice] = list_notices(user_of(learner), PageRequest()).items[:1]
        assert notice.kind == "attendance.entered_for_you"
        with pytest.raises(Refused) as refused, write_transaction():
            confirm_presence(entry.id, actor_id=staff.id)
        assert refused.value.codes == ("same_person",)
        with clock.frozen(lesson.ends_at), write_transaction():
            attendance = confirm_presence(entry.id, actor_id=user_of(learner))
        assert (attendance.recorded_by, attendance.second_by) == (staff.id, user_of(learner))
        with pytest.raises(Refused) as refused, write_transaction():
            refuse_presence(entry.id, actor_id=user_of(learner))
        assert refused.value.codes == ("entry_is_decided",)

    def test_refused_by_the_second_person_nothing_is_recorded(self, learner, lesson, staff):
        entry = self.enter(learner, lesson, staff)
        with write_transaction():
            refuse_presence(entry.id, actor_id=user_of(learner))
        assert find_attendance(learner.id, lesson.id) is None
        assert find_waiting_entry(learner.id, lesson.id) is None

    def test_no_result_while_an_entry_waits(self, learner, lesson, staff):
        self.enter(learner, lesson, staff)
        over = list_lessons(learner.course_run_id)[-1].ends_at
        with clock.frozen(over), pytest.raises(Refused) as refused, write_transaction():
            complete_enrollment(learner.id, assessment=AssessmentResult.PASSED, actor_id=staff.id)
        assert refused.value.codes == ("entries_waiting",)

    def test_the_operation_and_the_database_ask_for_two_people(self, learner, lesson, staff):
        by_hand = {
            "lesson_id": lesson.id,
            "state": AttendanceState.PRESENT,
            "method": AttendanceMethod.STAFF_ENTRY,
            "reason": AttendanceReason.PAPER_SHEET,
            "actor_id": staff.id,
        }
        with clock.frozen(lesson.ends_at):
            with pytest.raises(Refused) as refused, write_transaction():
                record_attendance(learner.id, **by_hand)
            assert refused.value.codes == ("second_person_needed",)
        raw = text(
            "INSERT INTO attendance (enrollment_id, lesson_id, state, method, recorded_by,"
            " recorded_at, second_by) VALUES (:e, :l, :s, :m, :a, :t, :b)"
        )
        row = {"e": learner.id, "l": lesson.id, "a": staff.id, "t": "2026-11-20 02:00:00"}
        alone = {**row, "s": "present", "m": "staff_entry", "b": None}
        for wrong in (alone, {**alone, "b": staff.id}):
            with pytest.raises(IntegrityError), write_transaction() as session:
                session.execute(raw, wrong)
        with write_transaction() as session:
            session.execute(raw, {**alone, "s": "absent"})
        with pytest.raises(IntegrityError), write_transaction() as session:
            session.execute(text("UPDATE attendance SET state = 'present'"))
        assert db.session.scalar(text("SELECT state FROM attendance")) == "absent"
