"""Reading enrollments, attendance and completions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from marketplace.catalog.models import Lesson
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.enrollment.states import ENDED, AttendanceState, EnrollmentState, ExitReason
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.people.models import Worker

RUN_SIZE_MAX = 1000
"""The capacity limit of a course run, so a whole roster is one bounded list."""


def get_enrollment(enrollment_id: int) -> Enrollment:
    """One enrollment."""
    if (enrollment := db.session.get(Enrollment, enrollment_id)) is None:
        raise NotFound("enrollment")
    return enrollment


# Built once: signing in asks these two three hundred times a minute.
_LOCKED = (
    select(Enrollment)
    .where(Enrollment.id == bindparam("enrollment_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_ATTENDANCE = select(Attendance).where(
    Attendance.enrollment_id == bindparam("enrollment_id"),
    Attendance.lesson_id == bindparam("lesson_id"),
)


def lock_enrollment(enrollment_id: int) -> Enrollment:
    """One enrollment, ours until the end of the unit of work."""
    enrollment = db.session.scalar(_LOCKED, {"enrollment_id": enrollment_id})
    if enrollment is None:
        raise NotFound("enrollment")
    return enrollment


def find_enrollment_by_code(code: str) -> Enrollment | None:
    """An enrollment by its public code, whoever's it is."""
    return db.session.scalar(select(Enrollment).where(Enrollment.code == code))


def get_enrollment_of_worker(code: str, worker_id: int) -> Enrollment:
    """A learner's own enrollment by its code; anybody else's is not found."""
    enrollment = db.session.scalar(
        select(Enrollment).where(Enrollment.code == code, Enrollment.worker_id == worker_id)
    )
    if enrollment is None:
        raise NotFound("enrollment")
    return enrollment


def get_enrollment_of_run(code: str, course_run_id: int) -> Enrollment:
    """An enrollment of one course run by its code."""
    enrollment = db.session.scalar(
        select(Enrollment).where(Enrollment.code == code, Enrollment.course_run_id == course_run_id)
    )
    if enrollment is None:
        raise NotFound("enrollment")
    return enrollment


def find_live_enrollment(worker_id: int, course_run_id: int) -> Enrollment | None:
    """The learner's place in a run, unless withdrawn or never used."""
    return db.session.scalar(
        select(Enrollment).where(
            Enrollment.worker_id == worker_id,
            Enrollment.course_run_id == course_run_id,
            Enrollment.state.not_in((EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)),
        )
    )


def list_enrollments_of_run(course_run_id: int) -> Sequence[Enrollment]:
    """A run's roster in the order of enrolling."""
    return db.session.scalars(
        select(Enrollment)
        .where(Enrollment.course_run_id == course_run_id)
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX * 2)
    ).all()


def list_live_enrollments_of_run(course_run_id: int) -> Sequence[Enrollment]:
    """Those who still are to learn, or are learning, in a run."""
    return db.session.scalars(
        select(Enrollment)
        .where(Enrollment.course_run_id == course_run_id, Enrollment.state.not_in(ENDED))
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX)
    ).all()


@dataclass(frozen=True, slots=True)
class LiveLearner:
    """Somebody who is to learn, or learns, in a class; without a login there is nobody to tell."""

    enrollment_code: str
    user_id: int | None


def list_live_learners(course_run_id: int) -> list[LiveLearner]:
    """Those whom a change of a class concerns, in the order of enrolling."""
    rows = db.session.execute(
        select(Enrollment.code, Worker.user_id)
        .join(Worker, Worker.id == Enrollment.worker_id)
        .where(Enrollment.course_run_id == course_run_id, Enrollment.state.not_in(ENDED))
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX)
    )
    return [LiveLearner(code, user_id) for code, user_id in rows]


def list_enrollments_of_worker(worker_id: int, page: PageRequest) -> Page[Enrollment]:
    """A learner's enrollments, newest first."""
    wanted = select(Enrollment).where(Enrollment.worker_id == worker_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(Enrollment.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def list_calendar_run_ids_of_worker(worker_id: int) -> list[int]:
    """The classes a learner's calendar shows: those they are in, were in, or lost by cancellation.

    A canceled class stays, so that calendar programs strike its lessons out.
    """
    return list(
        db.session.scalars(
            select(Enrollment.course_run_id)
            .where(
                Enrollment.worker_id == worker_id,
                or_(
                    Enrollment.state.not_in((EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)),
                    Enrollment.exit_reason == ExitReason.RUN_CANCELED,
                ),
            )
            .distinct()
            .order_by(Enrollment.course_run_id.desc())
            .limit(200)
        )
    )


def list_completed_enrollments(worker_id: int, page: PageRequest) -> Page[Enrollment]:
    """A learner's enrollments with a recorded result, newest first."""
    wanted = (
        select(Enrollment)
        .join(Completion, Completion.enrollment_id == Enrollment.id)
        .where(Enrollment.worker_id == worker_id)
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(Completion.completed_on.desc(), Enrollment.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def find_attendance(enrollment_id: int, lesson_id: int) -> Attendance | None:
    """What is recorded of one learner at one lesson."""
    asked = {"enrollment_id": enrollment_id, "lesson_id": lesson_id}
    return db.session.scalar(_ATTENDANCE, asked)


def get_attendance(attendance_id: int) -> Attendance:
    """One record of attendance."""
    if (attendance := db.session.get(Attendance, attendance_id)) is None:
        raise NotFound("attendance")
    return attendance


def list_attendance_of(enrollment_ids: Collection[int]) -> Sequence[Attendance]:
    """All that is recorded of some learners (one run's roster at most), by learner and lesson."""
    return db.session.scalars(
        select(Attendance)
        .where(Attendance.enrollment_id.in_(enrollment_ids))
        .order_by(Attendance.enrollment_id, Attendance.lesson_id)
        .limit(RUN_SIZE_MAX * 200)
    ).all()


def count_lessons_attended(enrollment_ids: Collection[int]) -> dict[int, int]:
    """Lessons attended per learner; learners who attended none are absent."""
    rows = db.session.execute(
        select(Attendance.enrollment_id, func.count())
        .where(
            Attendance.enrollment_id.in_(enrollment_ids),
            Attendance.state == AttendanceState.PRESENT,
        )
        .group_by(Attendance.enrollment_id)
        .order_by(Attendance.enrollment_id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {enrollment_id: count for enrollment_id, count in rows}


def count_lessons(course_run_ids: Collection[int]) -> dict[int, int]:
    """Lessons per course run."""
    rows = db.session.execute(
        select(Lesson.course_run_id, func.count())
        .where(Lesson.course_run_id.in_(course_run_ids))
        .group_by(Lesson.course_run_id)
        .order_by(Lesson.course_run_id)
        .limit(RUN_SIZE_MAX)
    )
    return {course_run_id: count for course_run_id, count in rows}


def list_recorded_lessons(course_run_ids: Collection[int]) -> set[int]:
    """Lessons of some runs for which at least one learner's attendance is recorded."""
    rows = db.session.scalars(
        select(Attendance.lesson_id)
        .join(Enrollment, Enrollment.id == Attendance.enrollment_id)
        .where(Enrollment.course_run_id.in_(course_run_ids))
        .distinct()
        .order_by(Attendance.lesson_id)
        .limit(10_000)
    )
    return set(rows)


def find_completion(enrollment_id: int) -> Completion | None:
    """The recorded result of an enrollment."""
    return db.session.scalar(select(Completion).where(Completion.enrollment_id == enrollment_id))


def list_completions(enrollment_ids: Collection[int]) -> dict[int, Completion]:
    """Recorded results by enrollment."""
    rows = db.session.scalars(
        select(Completion)
        .where(Completion.enrollment_id.in_(enrollment_ids))
        .order_by(Completion.enrollment_id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {completion.enrollment_id: completion for completion in rows}


def list_completions_since(worker_id: int, since: datetime) -> Sequence[Completion]:
    """A learner's results recorded since an instant, oldest first (limits per year ask)."""
    return db.session.scalars(
        select(Completion)
        .join(Enrollment, Enrollment.id == Completion.enrollment_id)
        .where(Enrollment.worker_id == worker_id, Completion.recorded_at >= since)
        .order_by(Completion.id)
        .limit(200)
    ).all()
