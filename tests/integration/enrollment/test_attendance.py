"""Attendance, corrections, disputes and results."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.enrollment.dispute_queries import count_open_disputes
from marketplace.enrollment.operations.attendance import (
    confirm_presence,
    correct_attendance,
    record_attendance,
    record_attendance_sheet,
)
from marketplace.enrollment.operations.complete import complete_enrollment
from marketplace.enrollment.operations.disputes import (
    accept_answer,
    answer_dispute,
    decide_dispute,
    dispute_attendance,
)
from marketplace.enrollment.queries import (
    find_attendance,
    find_completion,
    get_attendance,
    get_enrollment,
)
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.sign_in_queries import find_waiting_entry
from marketplace.enrollment.states import (
    AssessmentResult,
    AttendanceMethod,
    AttendanceReason,
    AttendanceState,
    EnrollmentState,
)
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import list_notices
from marketplace.people.queries.workers import get_worker
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_completion, make_enrollment, make_staff
from tests.factories.people import make_officer
from tests.kept import kept


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
@kept
def officer(app):
    with write_transaction():
        return make_officer()


def lesson_of(enrollment, number=0):
    return list_lessons(enrollment.course_run_id)[number]


def scan(enrollment, staff, number=0, **changes):
    lesson = lesson_of(enrollment, number)
    values = {
        "lesson_id": lesson.id,
        "state": AttendanceState.PRESENT,
        "method": AttendanceMethod.VOUCHER_SCAN,
        "reason": None,
        "actor_id": staff.id,
        **changes,
    }
    with clock.frozen(lesson.starts_at), write_transaction():
        return record_attendance(enrollment.id, **values)


def colleague_of(enrollment):
    with write_transaction():
        return make_staff(get_course_run(enrollment.course_run_id).institution_id)


def events_of(enrollment):
    events = list_events_of("enrollment", enrollment.code, PageRequest())
    return [event.event for event in reversed(events.items)]


class TestRecording:
    def test_the_first_presence_begins_the_training(self, learner, staff):
        attendance = scan(learner, staff)
        assert attendance.recorded_at == lesson_of(learner).starts_at
        assert get_enrollment(learner.id).state is EnrollmentState.TRAINING

    def test_an_absence_does_not(self, learner, staff):
        scan(learner, staff, state=AttendanceState.ABSENT, method=AttendanceMethod.STAFF_ENTRY)
        assert get_enrollment(learner.id).state is EnrollmentState.CONFIRMED

    def test_the_same_again_changes_nothing(self, learner, staff):
        first = scan(learner, staff)
        assert scan(learner, staff).id == first.id
        assert events_of(learner).count("attendance.recorded") == 1

    def test_something_else_is_a_correction(self, learner, staff):
        scan(learner, staff)
        with pytest.raises(Refused) as refused:
            scan(
                learner,
                staff,
                state=AttendanceState.ABSENT,
                method=AttendanceMethod.STAFF_ENTRY,
            )
        assert refused.value.codes == ("attendance_recorded",)

    def test_a_lesson_of_another_class_is_refused(self, learner, staff):
        with write_transaction():
            other = make_open_course_run()
        with pytest.raises(Refused) as refused:
            scan(learner, staff, lesson_id=list_lessons(other.id)[0].id)
        assert refused.value.codes == ("lesson_not_of_run",)

    def test_before_the_lesson_nothing_is_recorded(self, learner, staff):
        lesson = lesson_of(learner)
        early = lesson.starts_at - DOORS_OPEN - timedelta(seconds=1)
        with clock.frozen(early), pytest.raises(Refused) as refused, write_transaction():
            record_attendance(
                learner.id,
                lesson_id=lesson.id,
                state=AttendanceState.PRESENT,
                method=AttendanceMethod.VOUCHER_SCAN,
                reason=None,
                actor_id=staff.id,
            )
        assert refused.value.codes == ("lesson_not_started",)
        assert find_attendance(learner.id, lesson.id) is None


class TestSheet:
    def test_a_sheet_is_one_act_and_keeps_what_was_scanned(self, learner, staff):
        with write_transaction():
            run = get_course_run(learner.course_run_id)
            second, third = make_enrollment(course_run=run), make_enrollment(course_run=run)
        scan(learner, staff)
        lesson = lesson_of(learner)
        marks = {
            learner.id: AttendanceState.ABSENT,
            second.id: AttendanceState.PRESENT,
            third.id: AttendanceState.ABSENT,
        }
        with clock.frozen(lesson.ends_at), write_transaction():
            new = record_attendance_sheet(
                run.id,
                lesson_id=lesson.id,
                marks=marks,
                reason=AttendanceReason.PAPER_SHEET,
                actor_id=staff.id,
            )
        assert new == 2
        assert find_attendance(learner.id, lesson.id).method is AttendanceMethod.VOUCHER_SCAN
        assert find_attendance(second.id, lesson.id) is None
        assert find_waiting_entry(second.id, lesson.id).reason == AttendanceReason.PAPER_SHEET
        assert find_attendance(third.id, lesson.id).reason is None

    def test_a_sheet_with_one_fault_records_nobody(self, learner, staff):
        lesson = lesson_of(learner)
        with clock.frozen(lesson.ends_at), pytest.raises(Refused), write_transaction():
            record_attendance_sheet(
                learner.course_run_id,
                lesson_id=lesson.id,
                marks={learner.id: AttendanceState.PRESENT},
                reason=None,
                actor_id=staff.id,
            )
        assert find_attendance(learner.id, lesson.id) is None


class TestCorrecting:
    def test_a_correction_is_kept_beside_the_first_entry_in_the_trail(self, learner, staff):
        attendance = scan(
            learner, staff, state=AttendanceState.ABSENT, method=AttendanceMethod.STAFF_ENTRY
        )
        for _attempt in range(2):
            with clock.frozen(lesson_of(learner).ends_at), write_transaction():
                correct_attendance(
                    attendance.id,
                    state=AttendanceState.PRESENT,
                    reason=AttendanceReason.MISTAKE,
                    actor_id=staff.id,
                )
        assert get_attendance(attendance.id).state is AttendanceState.ABSENT
        entry = find_waiting_entry(learner.id, attendance.lesson_id)
        colleague = colleague_of(learner)
        with clock.frozen(lesson_of(learner).ends_at), write_transaction():
            confirm_presence(entry.id, actor_id=colleague.id)
        attendance = get_attendance(attendance.id)
        assert attendance.state is AttendanceState.PRESENT
        assert (attendance.recorded_by, attendance.second_by) == (staff.id, colleague.id)
        assert events_of(learner)[-3:] == [
            "attendance.recorded",
            "attendance.entered",
            "attendance.corrected",
        ]

    def test_after_the_result_it_is_too_late(self, learner, staff):
        with write_transaction():
            attend(learner, staff.id)
            make_completion(learner, staff.id)
        attendance = find_attendance(learner.id, lesson_of(learner).id)
        late = clock.frozen(lesson_of(learner, -1).ends_at)
        with late, pytest.raises(Refused) as refused, write_transaction():
            correct_attendance(
                attendance.id,
                state=AttendanceState.ABSENT,
                reason=AttendanceReason.MISTAKE,
                actor_id=staff.id,
            )
        assert refused.value.codes == ("completion_recorded",)

    def test_an_unknown_record_is_not_found(self, app, now):
        with pytest.raises(NotFound):
            get_attendance(4711)


class TestDisputing:
    @pytest.fixture
    def absent(self, learner, staff):
        return scan(
            learner, staff, state=AttendanceState.ABSENT, method=AttendanceMethod.STAFF_ENTRY
        )

    def dispute(self, attendance, learner, reason="我在课堂上"):
        with write_transaction():
            return dispute_attendance(
                attendance.id, worker_id=learner.worker_id, reason=reason, actor_id=None
            )

    def test_only_the_learner_disputes(self, absent, learner):
        with pytest.raises(NotFound), write_transaction():
            dispute_attendance(
                absent.id, worker_id=learner.worker_id + 1, reason="x", actor_id=None
            )

    def test_a_dispute_says_why(self, absent, learner):
        with pytest.raises(Refused) as refused:
            self.dispute(absent, learner, "  ")
        assert refused.value.codes == ("say_why",)

    def test_answer_and_acceptance_settle_it(self, absent, learner, staff):
        self.dispute(absent, learner)
        assert count_open_disputes([learner.id]) == {learner.id: 1}
        with write_transaction():
            answer_dispute(absent.id, answer="签到表上没有您的名字", actor_id=staff.id)
        assert count_open_disputes([learner.id]) == {learner.id: 1}
        with write_transaction():
            accept_answer(absent.id, worker_id=learner.worker_id, actor_id=None)
        assert count_open_disputes([learner.id]) == {}

    def test_an_answer_says_something(self, absent, learner, staff):
        self.dispute(absent, learner)
        with pytest.raises(Refused) as refused, write_transaction():
            answer_dispute(absent.id, answer=" ", actor_id=staff.id)
        assert refused.value.codes == ("say_why",)

    def test_one_dispute_at_a_time(self, absent, learner):
        self.dispute(absent, learner)
        with pytest.raises(Refused) as refused:
            self.dispute(absent, learner)
        assert refused.value.codes == ("dispute_open",)

    def test_without_a_dispute_there_is_nothing_to_settle(self, absent, learner, officer):
        with pytest.raises(Refused) as refused, write_transaction():
            decide_dispute(
                absent.id, state=AttendanceState.PRESENT, reason="x", actor_id=officer.id
            )
        assert refused.value.codes == ("no_open_dispute",)

    def test_an_officer_decides_with_a_reason(self, absent, learner, officer):
        self.dispute(absent, learner)
        with pytest.raises(Refused) as refused, write_transaction():
            decide_dispute(absent.id, state=AttendanceState.PRESENT, reason="", actor_id=officer.id)
        assert refused.value.codes == ("say_why",)

    def test_a_decision_after_the_result_moves_the_rate(self, absent, learner, staff, officer):
        with write_transaction():
            for number in range(1, 5):
                lesson = lesson_of(learner, number)
                with clock.frozen(lesson.starts_at):
                    record_attendance(
                        learner.id,
                        lesson_id=lesson.id,
                        state=AttendanceState.PRESENT,
                        method=AttendanceMethod.VOUCHER_SCAN,
                        reason=None,
                        actor_id=staff.id,
                    )
            make_completion(learner, staff.id)
        assert find_completion(learner.id).rate_percent == 80
        self.dispute(absent, learner)
        with write_transaction():
            decide_dispute(
                absent.id, state=AttendanceState.PRESENT, reason="监控为证", actor_id=officer.id
            )
        assert find_completion(learner.id).rate_percent == 100
        assert count_open_disputes([learner.id]) == {}

    def test_a_decision_may_let_the_entry_stand(self, absent, learner, officer):
        self.dispute(absent, learner)
        with write_transaction():
            decide_dispute(
                absent.id, state=AttendanceState.ABSENT, reason="无证据", actor_id=officer.id
            )
        assert get_attendance(absent.id).state is AttendanceState.ABSENT
        assert count_open_disputes([learner.id]) == {}

    def test_neither_side_decides_its_own_dispute(self, absent, learner, staff):
        self.dispute(absent, learner)
        for actor_id in (staff.id, get_worker(learner.worker_id).user_id):
            with pytest.raises(Refused) as refused, write_transaction():
                decide_dispute(
                    absent.id, state=AttendanceState.PRESENT, reason="x", actor_id=actor_id
                )
            assert refused.value.codes == ("own_matter",)

    def test_both_sides_are_told_and_the_trail_has_the_reason(self, absent, learner, officer):
        self.dispute(absent, learner)
        run = get_course_run(learner.course_run_id)
        with write_transaction():
            manager = make_staff(run.institution_id)
            decide_dispute(
                absent.id, state=AttendanceState.PRESENT, reason="监控为证", actor_id=officer.id
            )
        for user_id in (manager.id, get_worker(learner.worker_id).user_id):
            notices = list_notices(user_id, PageRequest()).items
            [notice] = [one for one in notices if one.kind == "dispute.present"]
            assert notice.params["reason"] == "监控为证"
        event = list_events_of("enrollment", learner.code, PageRequest()).items[0]
        assert (event.event, event.reason) == ("attendance.dispute_decided", "监控为证")


class TestCompleting:
    def test_a_result_has_rate_assessment_and_certificate(self, learner, staff):
        with write_transaction():
            attend(learner, staff.id, lessons=4)
            completion = make_completion(learner, staff.id)
        assert (completion.lessons_attended, completion.lessons_total) == (4, 5)
        assert completion.rate_percent == 80
        assert completion.certificate_number.startswith("CT-")
        assert completion.completed_on == clock.local_date(lesson_of(learner, -1).ends_at)
        assert get_enrollment(learner.id).state is EnrollmentState.COMPLETED

    def test_a_failed_assessment_gives_no_certificate(self, learner, staff):
        with write_transaction():
            attend(learner, staff.id)
            completion = make_completion(learner, staff.id, assessment=AssessmentResult.FAILED)
        assert completion.certificate_number is None
        assert get_enrollment(learner.id).state is EnrollmentState.FAILED

    def test_the_same_result_again_is_the_same(self, learner, staff):
        with write_transaction():
            attend(learner, staff.id)
            first = make_completion(learner, staff.id)
            assert make_completion(learner, staff.id).id == first.id

    def test_another_result_is_refused(self, learner, staff):
        with write_transaction():
            attend(learner, staff.id)
            make_completion(learner, staff.id)
        with pytest.raises(Refused) as refused, write_transaction():
            make_completion(learner, staff.id, assessment=AssessmentResult.FAILED)
        assert refused.value.codes == ("result_differs",)

    def test_not_before_the_last_lesson_ends(self, learner, staff):
        with write_transaction():
            attend(learner, staff.id, lessons=1)
        with pytest.raises(Refused) as refused, write_transaction():
            complete_enrollment(learner.id, assessment=AssessmentResult.PASSED, actor_id=staff.id)
        assert refused.value.codes == ("lessons_not_over",)
