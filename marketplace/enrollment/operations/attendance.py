"""Who was there: at the server's time, with its proof."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.catalog.queries.course_runs import get_course_run_facts, list_lessons
from marketplace.enrollment.models import Attendance, Enrollment
from marketplace.enrollment.operations.changes import (
    begin_training,
    record_lesson,
    rewrite_attendance,
)
from marketplace.enrollment.queries import (
    find_attendance,
    get_attendance,
    list_live_enrollments_of_run,
    lock_enrollment,
)
from marketplace.enrollment.rules import AttendanceFacts, refusals_for_attendance
from marketplace.enrollment.states import AttendanceMethod, AttendanceReason, AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused


def record_attendance(
    enrollment_id: int,
    *,
    lesson_id: int,
    state: AttendanceState,
    method: AttendanceMethod,
    reason: AttendanceReason | None,
    actor_id: int,
) -> Attendance:
    """Record one learner at one lesson, at the server's time.

    The same again changes nothing; something else is refused (`attendance_recorded`). Refuses
    before the lesson starts, a scan on another day, presence by hand without a reason, and
    entries after the period of grace. The first presence begins the training.
    """
    enrollment = lock_enrollment(enrollment_id)
    if earlier := find_attendance(enrollment_id, lesson_id):
        if earlier.state is not state:
            raise Refused(Refusal("attendance_recorded"))
        return earlier
    _check_attendance(enrollment, lesson_id, state, method, reason)
    attendance = Attendance(
        enrollment_id=enrollment_id,
        lesson_id=lesson_id,
        state=state,
        method=method,
        reason=reason,
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    db.session.add(attendance)
    begin_training(enrollment, state)
    db.session.flush()
    record_lesson("attendance.recorded", enrollment, attendance, actor_id, reason)
    return attendance


def record_attendance_sheet(
    course_run_id: int,
    *,
    lesson_id: int,
    marks: Mapping[int, AttendanceState],
    reason: AttendanceReason | None,
    actor_id: int,
) -> int:
    """Record a whole lesson at once: all marks or none; returns how many were new.

    Learners already recorded keep their entry: a scan is better proof than a list.
    """
    new = 0
    for enrollment in list_live_enrollments_of_run(course_run_id):
        state = marks.get(enrollment.id)
        if state is None or find_attendance(enrollment.id, lesson_id):
            continue
        record_attendance(
            enrollment.id,
            lesson_id=lesson_id,
            state=state,
            method=AttendanceMethod.STAFF_ENTRY,
            reason=reason if state is AttendanceState.PRESENT else _late_only(reason),
            actor_id=actor_id,
        )
        new += 1
    return new


def correct_attendance(
    attendance_id: int, *, state: AttendanceState, reason: AttendanceReason, actor_id: int
) -> Attendance:
    """Put a wrong entry right until the result is recorded; the audit trail keeps both."""
    attendance = get_attendance(attendance_id)
    enrollment = lock_enrollment(attendance.enrollment_id)
    if attendance.state is state:
        return attendance
    method = AttendanceMethod.STAFF_ENTRY
    _check_attendance(enrollment, attendance.lesson_id, state, method, reason)
    rewrite_attendance(attendance, state, reason, actor_id)
    begin_training(enrollment, state)
    record_lesson("attendance.corrected", enrollment, attendance, actor_id, reason)
    return attendance


def _check_attendance(
    enrollment: Enrollment,
    lesson_id: int,
    state: AttendanceState,
    method: AttendanceMethod,
    reason: AttendanceReason | None,
) -> None:
    lessons = {lesson.id: lesson for lesson in list_lessons(enrollment.course_run_id)}
    lesson = lessons.get(lesson_id)
    if lesson is None:
        raise Refused(Refusal("lesson_not_of_run"))
    facts = AttendanceFacts(
        now=clock.now(),
        today=clock.today(),
        enrollment_state=enrollment.state,
        lesson_starts_at=lesson.starts_at,
        lesson_on=clock.local_date(lesson.starts_at),
        run_ends_on=get_course_run_facts(enrollment.course_run_id).ends_on,
        state=state,
        method=method,
        reason=reason,
    )
    if refusals := refusals_for_attendance(facts):
        raise Refused(refusals)


def _late_only(reason: AttendanceReason | None) -> AttendanceReason | None:
    return reason if reason is AttendanceReason.LATE_EVIDENCE else None
