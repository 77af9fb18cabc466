"""Who may enroll, what counts as attendance, what a completion is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from marketplace.enrollment.rules import (
    AttendanceFacts,
    CompletionFacts,
    EnrollmentFacts,
    completion_rate_percent,
    refusals_for_attendance,
    refusals_for_completion,
    refusals_for_enrollment,
    state_after_completion,
)
from marketplace.enrollment.states import (
    ENDED,
    ENROLLMENT_TRANSITIONS,
    AssessmentResult,
    AttendanceMethod,
    AttendanceReason,
    AttendanceState,
    EnrollmentState,
)

OPEN_CLASS = EnrollmentFacts(
    today=date(2026, 11, 20),
    run_is_open=True,
    run_is_full=False,
    course_is_offered=True,
    opens_on=date(2026, 11, 1),
    closes_on=date(2026, 11, 30),
    capacity=20,
    already_enrolled=False,
)


def codes(refusals):
    return tuple(refusal.code for refusal in refusals)


class TestEnrolling:
    def test_an_open_class_takes_a_worker(self):
        assert refusals_for_enrollment(OPEN_CLASS) == ()

    @pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 11, 30)])
    def test_the_first_and_the_last_day_of_the_window_count(self, day):
        assert refusals_for_enrollment(replace(OPEN_CLASS, today=day)) == ()

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"already_enrolled": True}, "already_enrolled"),
            ({"course_is_offered": False}, "course_not_offered"),
            ({"run_is_full": True}, "class_full"),
            ({"run_is_open": False}, "class_not_open"),
            ({"today": date(2026, 10, 31)}, "class_window_ahead"),
            ({"today": date(2026, 12, 1)}, "class_window_over"),
        ],
    )
    def test_each_reason_alone(self, change, code):
        assert codes(refusals_for_enrollment(replace(OPEN_CLASS, **change))) == (code,)

    def test_all_reasons_are_told_at_once(self):
        facts = replace(
            OPEN_CLASS,
            already_enrolled=True,
            course_is_offered=False,
            run_is_full=True,
            today=date(2027, 1, 1),
        )
        assert codes(refusals_for_enrollment(facts)) == (
            "already_enrolled",
            "course_not_offered",
            "class_full",
            "class_window_over",
        )


AT_LESSON = AttendanceFacts(
    now=datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
    today=date(2026, 11, 20),
    enrollment_state=EnrollmentState.CONFIRMED,
    lesson_starts_at=datetime(2026, 11, 20, 1, 0, tzinfo=UTC),
    lesson_on=date(2026, 11, 20),
    run_ends_on=date(2026, 11, 25),
    state=AttendanceState.PRESENT,
    method=AttendanceMethod.VOUCHER_SCAN,
    reason=None,
)


class TestAttendance:
    def test_a_scan_during_the_lesson_counts(self):
        assert refusals_for_attendance(AT_LESSON) == ()

    def test_doors_open_a_quarter_of_an_hour_before_the_lesson(self):
        at_the_door = replace(AT_LESSON, now=datetime(2026, 11, 20, 0, 45, tzinfo=UTC))
        assert refusals_for_attendance(at_the_door) == ()
        facts = replace(AT_LESSON, now=datetime(2026, 11, 20, 0, 44, 59, tzinfo=UTC))
        assert codes(refusals_for_attendance(facts)) == ("lesson_not_started",)

    def test_by_hand_nothing_is_entered_before_the_lesson_starts(self):
        facts = replace(
            AT_LESSON,
            now=datetime(2026, 11, 20, 0, 59, 59, tzinfo=UTC),
            method=AttendanceMethod.STAFF_ENTRY,
            reason=AttendanceReason.PAPER_SHEET,
        )
        assert codes(refusals_for_attendance(facts)) == ("lesson_not_started",)

    def test_a_scan_on_another_day_is_refused(self):
        facts = replace(AT_LESSON, today=date(2026, 11, 21))
        assert codes(refusals_for_attendance(facts)) == ("scan_only_on_the_day",)

    def test_presence_by_hand_needs_a_reason(self):
        facts = replace(AT_LESSON, method=AttendanceMethod.STAFF_ENTRY)
        assert codes(refusals_for_attendance(facts)) == ("attendance_reason_required",)
        given = replace(facts, reason=AttendanceReason.PAPER_SHEET)
        assert refusals_for_attendance(given) == ()

    def test_absence_by_hand_needs_none(self):
        facts = replace(
            AT_LESSON, method=AttendanceMethod.STAFF_ENTRY, state=AttendanceState.ABSENT
        )
        assert refusals_for_attendance(facts) == ()

    def test_after_the_grace_only_late_evidence_is_a_reason(self):
        facts = replace(
            AT_LESSON,
            method=AttendanceMethod.STAFF_ENTRY,
            today=date(2026, 12, 3),
            reason=AttendanceReason.PAPER_SHEET,
        )
        assert codes(refusals_for_attendance(facts)) == ("late_evidence_required",)
        late = replace(facts, reason=AttendanceReason.LATE_EVIDENCE)
        assert refusals_for_attendance(late) == ()
        assert refusals_for_attendance(replace(facts, today=date(2026, 12, 2))) == ()

    @pytest.mark.parametrize(
        ("state", "code"),
        [
            (EnrollmentState.COMPLETED, "completion_recorded"),
            (EnrollmentState.FAILED, "completion_recorded"),
            (EnrollmentState.WITHDRAWN, "enrollment_ended"),
            (EnrollmentState.NO_SHOW, "enrollment_ended"),
        ],
    )
    def test_an_ended_enrollment_takes_no_attendance(self, state, code):
        assert codes(refusals_for_attendance(replace(AT_LESSON, enrollment_state=state))) == (code,)


OVER = CompletionFacts(
    now=datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
    state=EnrollmentState.TRAINING,
    lessons_attended=3,
    last_lesson_ends_at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
)


class TestCompletion:
    def test_when_the_last_lesson_is_over_a_result_is_recorded(self):
        assert refusals_for_completion(OVER) == ()

    def test_not_before(self):
        facts = replace(OVER, now=datetime(2026, 11, 25, 8, 59, tzinfo=UTC))
        assert codes(refusals_for_completion(facts)) == ("lessons_not_over",)

    def test_who_never_came_has_no_result(self):
        assert codes(refusals_for_completion(replace(OVER, lessons_attended=0))) == (
            "never_attended",
        )

    @pytest.mark.parametrize("state", sorted(ENDED))
    def test_an_ended_enrollment_gets_no_second_result(self, state):
        assert codes(refusals_for_completion(replace(OVER, state=state))) == ("enrollment_ended",)

    @pytest.mark.parametrize(
        ("attended", "total", "percent"), [(0, 0, 0), (2, 3, 66), (3, 3, 100), (199, 200, 99)]
    )
    def test_the_rate_is_never_rounded_up(self, attended, total, percent):
        assert completion_rate_percent(attended, total) == percent

    def test_only_a_failed_assessment_fails(self):
        assert state_after_completion(AssessmentResult.FAILED) is EnrollmentState.FAILED
        assert state_after_completion(AssessmentResult.PASSED) is EnrollmentState.COMPLETED
        assert state_after_completion(AssessmentResult.NOT_ASSESSED) is EnrollmentState.COMPLETED


def test_nothing_follows_an_end():
    assert all(not ENROLLMENT_TRANSITIONS[state] for state in ENDED)
    assert set(ENROLLMENT_TRANSITIONS) == set(EnrollmentState)
