"""The learner says an entry is wrong; who settles it, and how."""

from __future__ import annotations

from typing import Any

from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.operations.changes import record_lesson, rewrite_attendance
from marketplace.enrollment.queries import (
    count_lessons_attended,
    find_completion,
    get_attendance,
    lock_enrollment,
)
from marketplace.enrollment.rules import completion_rate_percent
from marketplace.enrollment.states import AttendanceMethod, AttendanceReason, AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.institutions.queries import list_manager_ids, list_members
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker
from marketplace.standing.operations.records import record_upheld_dispute


def dispute_attendance(
    attendance_id: int, *, worker_id: int, reason: str, actor_id: int | None
) -> Attendance:
    """The learner says an entry is wrong; until that is settled nothing is redeemed for it."""
    attendance, enrollment = _own_attendance(attendance_id, worker_id)
    if attendance.is_disputed:
        raise Refused(Refusal("dispute_open"))
    if not reason.strip():
        raise Refused(Refusal("say_why", field="reason"))
    attendance.disputed_at = clock.now()
    attendance.dispute_reason = reason.strip()
    attendance.dispute_answer = None
    attendance.dispute_answered_at = None
    attendance.dispute_settled_at = None
    record_lesson("attendance.disputed", enrollment, attendance, actor_id, None)
    return attendance


def answer_dispute(attendance_id: int, *, answer: str, actor_id: int | None) -> Attendance:
    """The institution answers; the learner then accepts, or an officer decides."""
    attendance = get_attendance(attendance_id)
    enrollment = lock_enrollment(attendance.enrollment_id)
    _require_open(attendance)
    if not answer.strip():
        raise Refused(Refusal("say_why", field="answer"))
    attendance.dispute_answer = answer.strip()
    attendance.dispute_answered_at = clock.now()
    record_lesson("attendance.dispute_answered", enrollment, attendance, actor_id, None)
    return attendance


def accept_answer(attendance_id: int, *, worker_id: int, actor_id: int | None) -> Attendance:
    """The learner agrees with the entry as it stands now: the dispute is settled."""
    attendance, enrollment = _own_attendance(attendance_id, worker_id)
    _require_open(attendance)
    attendance.dispute_settled_at = clock.now()
    record_lesson("attendance.dispute_accepted", enrollment, attendance, actor_id, None)
    return attendance


def decide_dispute(
    attendance_id: int, *, state: AttendanceState, reason: str, actor_id: int
) -> Attendance:
    """An officer decides what is true; a recorded completion rate follows the decision.

    An entry found wrong goes into the institution's file. Both sides are told. Refuses
    without a reason, and to the learner or the institution's staff.
    """
    attendance = get_attendance(attendance_id)
    enrollment = lock_enrollment(attendance.enrollment_id)
    _require_open(attendance)
    if actor_id in list_sides(enrollment):
        raise Refused(Refusal("own_matter"))
    if not reason.strip():
        raise Refused(Refusal("say_why", field="reason"))
    is_upheld = attendance.state is not state
    if is_upheld:
        decided, mistake = AttendanceMethod.DECISION, AttendanceReason.MISTAKE
        rewrite_attendance(attendance, state, mistake, actor_id, method=decided)
    attendance.dispute_answer = reason.strip()
    attendance.dispute_settled_at = clock.now()
    db.session.flush()
    if completion := find_completion(enrollment.id):
        recount(completion)
    record_lesson("attendance.dispute_decided", enrollment, attendance, actor_id, reason.strip())
    if is_upheld:
        _enter_into_file(attendance, enrollment, actor_id)
    _tell_both_sides(enrollment, attendance)
    return attendance


def _enter_into_file(attendance: Attendance, enrollment: Enrollment, actor_id: int) -> None:
    """What the file says names the class and the lesson, never the learner."""
    run = get_course_run(enrollment.course_run_id)
    lesson = next(item for item in list_lessons(run.id) if item.id == attendance.lesson_id)
    record_upheld_dispute(
        run.institution_id,
        subject=("attendance", str(attendance.id)),
        evidence=f"{run.code} #{lesson.number}",
        actor_id=actor_id,
    )


def list_sides(enrollment: Enrollment) -> set[int]:
    """The logins of the learner and of everybody who works for the institution."""
    institution_id = get_course_run(enrollment.course_run_id).institution_id
    staff = {member.user_id for member in list_members(institution_id)}
    learner = get_worker(enrollment.worker_id).user_id
    return staff | ({learner} if learner is not None else set())


def _tell_both_sides(enrollment: Enrollment, attendance: Attendance) -> None:
    run = get_course_run(enrollment.course_run_id)
    lesson = next(item for item in list_lessons(run.id) if item.id == attendance.lesson_id)
    notice: dict[str, Any] = {
        "kind": f"dispute.{attendance.state}",
        "params": {"number": lesson.number, "run": run.code, "reason": attendance.dispute_answer},
    }
    if (learner_id := get_worker(enrollment.worker_id).user_id) is not None:
        send_notice(learner_id, **notice, link=f"/me/classes/{enrollment.code}")
    for manager_id in list_manager_ids(run.institution_id):
        send_notice(manager_id, **notice, link=f"/institution/classes/{run.code}")


def _own_attendance(attendance_id: int, worker_id: int) -> tuple[Attendance, Enrollment]:
    attendance = get_attendance(attendance_id)
    enrollment = lock_enrollment(attendance.enrollment_id)
    if enrollment.worker_id != worker_id:
        raise NotFound("attendance")
    return attendance, enrollment


def _require_open(attendance: Attendance) -> None:
    if not attendance.is_disputed:
        raise Refused(Refusal("no_open_dispute"))


def recount(completion: Completion) -> None:
    """A recorded completion rate follows what was decided since."""
    attended = count_lessons_attended([completion.enrollment_id]).get(completion.enrollment_id, 0)
    share = list_online_shares([completion.enrollment_id]).get(completion.enrollment_id)
    completion.lessons_attended = attended
    completion.rate_percent = (
        share.rate_percent if share else completion_rate_percent(attended, completion.lessons_total)
    )
    db.session.flush()
