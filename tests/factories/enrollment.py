"""Learners in classes: enrolled, attending, done. Use in write_transaction."""

from __future__ import annotations

from datetime import timedelta

from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import finish_course_run, start_course_run
from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.operations.attendance import record_attendance
from marketplace.enrollment.operations.complete import complete_enrollment
from marketplace.enrollment.operations.enroll import enroll_worker
from marketplace.enrollment.states import (
    AssessmentResult,
    AttendanceMethod,
    AttendanceState,
)
from marketplace.foundation import clock
from marketplace.institutions.operations.members import add_member
from marketplace.institutions.states import MemberRole
from marketplace.people.models import User, Worker
from tests.factories.catalog import make_open_course_run
from tests.factories.people import make_user, make_worker

STAFF_ENTRY, VOUCHER_SCAN = AttendanceMethod.STAFF_ENTRY, AttendanceMethod.VOUCHER_SCAN


def make_staff(institution_id: int, *, login: str | None = None) -> User:
    """A teacher of an institution."""
    user = make_user(login, name="赵老师")
    add_member(institution_id, user_id=user.id, role=MemberRole.MANAGER, actor_id=None)
    return user


def make_enrollment(
    worker: Worker | None = None, *, course_run: CourseRun | None = None
) -> Enrollment:
    """A worker with a seat in an open class."""
    worker = worker or make_worker()
    run = course_run or make_open_course_run()
    return enroll_worker(worker.id, course_run_id=run.id, actor_id=worker.user_id)


def attend(
    enrollment: Enrollment, actor_id: int, *, lessons: int | None = None, absent: int = 0
) -> None:
    """Be at the first lessons by voucher, and recorded absent at the following ones.

    Everybody comes at a moment of their own, as people do.
    """
    for number, lesson in enumerate(list_lessons(enrollment.course_run_id)):
        if lessons is not None and number >= lessons + absent:
            return
        is_absent = lessons is not None and number >= lessons
        seconds = (enrollment.id * 137 + number * 211 + enrollment.id * number * 17) % 600
        with clock.frozen(lesson.starts_at + timedelta(seconds=seconds)):
            record_attendance(
                enrollment.id,
                lesson_id=lesson.id,
                state=AttendanceState.ABSENT if is_absent else AttendanceState.PRESENT,
                method=STAFF_ENTRY if is_absent else VOUCHER_SCAN,
                reason=None,
                actor_id=actor_id,
            )


def run_through(course_run_id: int) -> None:
    """The class begins and ends."""
    run = get_course_run(course_run_id)
    lessons = list_lessons(course_run_id)
    with clock.frozen(lessons[0].starts_at):
        start_course_run(run.id, actor_id=None)
    with clock.frozen(lessons[-1].ends_at):
        finish_course_run(run.id, actor_id=None)


def make_completion(
    enrollment: Enrollment,
    actor_id: int,
    *,
    assessment: AssessmentResult = AssessmentResult.PASSED,
) -> Completion:
    """A result, recorded when the last lesson is over."""
    with clock.frozen(list_lessons(enrollment.course_run_id)[-1].ends_at):
        return complete_enrollment(enrollment.id, assessment=assessment, actor_id=actor_id)
