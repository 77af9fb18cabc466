"""Reading openings of lessons, and presences by hand that wait for a second person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select

from marketplace.audit.queries import EVENTS_OF_ACTOR
from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import Attendance, Enrollment, LessonSignIn, PresenceEntry
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.enrollment.states import (
    ENDED,
    AttendanceState,
    EnrollmentState,
    PresenceEntryState,
)
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import NotFound

_WAITS = (PresenceEntry.state == PresenceEntryState.WAITING) & ~exists().where(
    Attendance.enrollment_id == PresenceEntry.enrollment_id,
    Attendance.lesson_id == PresenceEntry.lesson_id,
    Attendance.state == AttendanceState.PRESENT,
)
"""Undecided, and the learner has not proved it otherwise since."""


def get_lesson(lesson_id: int) -> Lesson:
    """One lesson."""
    if (lesson := db.session.get(Lesson, lesson_id)) is None:
        raise NotFound("lesson")
    return lesson


def find_sign_in_of_lesson(lesson_id: int) -> LessonSignIn | None:
    """Whether signing in to a lesson was ever opened, and is open."""
    return db.session.scalar(select(LessonSignIn).where(LessonSignIn.lesson_id == lesson_id))


@dataclass(frozen=True, slots=True)
class OpenLesson:
    """A lesson with its opening and class, as its learner needs them."""

    sign_in: LessonSignIn
    lesson: Lesson
    run_code: str
    title: str
    enrollment: Enrollment | None


def find_opening_for_worker(opening_code: str, worker_id: int) -> OpenLesson | None:
    """The lesson of an opening, with the learner's place in its class if they have one."""
    row = db.session.execute(
        select(LessonSignIn, Lesson, CourseRun.code, CourseVersion.title, Enrollment)
        .join(Lesson, Lesson.id == LessonSignIn.lesson_id)
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .outerjoin(
            Enrollment,
            (Enrollment.course_run_id == CourseRun.id) & (Enrollment.worker_id == worker_id),
        )
        .where(LessonSignIn.code == opening_code)
        .order_by(Enrollment.id.desc())
        .limit(1)
    ).one_or_none()
    return OpenLesson(*row) if row else None


# Three hundred learners ask this within a minute, so it is built once.
_OPEN_LESSONS = (
    select(LessonSignIn, Lesson, CourseRun.code, CourseVersion.title, Enrollment)
    .join(Lesson, Lesson.id == LessonSignIn.lesson_id)
    .join(CourseRun, CourseRun.id == Lesson.course_run_id)
    .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
    .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
    .where(
        Enrollment.worker_id == bindparam("worker_id"),
        Enrollment.state.not_in(ENDED),
        CourseRun.state != CourseRunState.CANCELED,
        LessonSignIn.closed_at.is_(None),
        Lesson.ends_at > bindparam("now"),
        Lesson.starts_at <= bindparam("doors_at"),
    )
    .order_by(Lesson.starts_at, Lesson.id)
    .limit(20)
)


def list_open_lessons(worker_id: int, *, now: datetime, doors_at: datetime) -> list[OpenLesson]:
    """Lessons a learner can sign in to now; `doors_at` is the latest start whose doors are open."""
    asked = {"worker_id": worker_id, "now": now, "doors_at": doors_at}
    return [OpenLesson(*row) for row in db.session.execute(_OPEN_LESSONS, asked)]


_enrollment, _sign_in, _lesson = table_of(Enrollment), table_of(LessonSignIn), table_of(Lesson)
_attendance = table_of(Attendance)


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A learner's place in a class whose lesson can be signed in to, read without objects."""

    enrollment_id: int
    enrollment_code: str
    state: EnrollmentState
    opening_code: str
    lesson_id: int
    number: int
    starts_at: datetime
    ends_at: datetime
    misses: int
    """How often the login typed wrong figures since the instant asked about."""


# Three hundred learners type within a minute: one statement, without objects, holds the places.
_OPEN_PLACES: Select[*tuple[Any, ...]] = _OPEN_LESSONS.with_only_columns(
    _enrollment.c.id,
    _enrollment.c.code,
    _enrollment.c.state,
    _sign_in.c.code,
    _lesson.c.id,
    _lesson.c.number,
    _lesson.c.starts_at,
    _lesson.c.ends_at,
    EVENTS_OF_ACTOR.scalar_subquery(),
).with_for_update(of=_enrollment)
_STATE_AT = select(_attendance.c.state).where(
    _attendance.c.enrollment_id == bindparam("enrollment_id"),
    _attendance.c.lesson_id == bindparam("lesson_id"),
)


def lock_open_places(
    worker_id: int,
    *,
    now: datetime,
    doors_at: datetime,
    missed: str,
    actor_id: int,
    since: datetime,
) -> list[OpenPlace]:
    """The same as `list_open_lessons`, ours until the end of the unit of work.

    `missed` is the event whose rows of this login since an instant are counted beside.
    """
    asked = {"worker_id": worker_id, "now": now, "doors_at": doors_at}
    asked |= {"event": missed, "actor_id": actor_id, "since": since}
    return [OpenPlace(*row) for row in db.session.execute(_OPEN_PLACES, asked)]


def find_state_at(enrollment_id: int, lesson_id: int) -> AttendanceState | None:
    """What is recorded of a learner at a lesson, if anything."""
    asked = {"enrollment_id": enrollment_id, "lesson_id": lesson_id}
    return db.session.scalar(_STATE_AT, asked)


_CODE = select(Enrollment.code).where(Enrollment.id == bindparam("enrollment_id"))


def get_enrollment_code(enrollment_id: int) -> str:
    """The public code of an enrollment; signing in asks this three hundred times a minute."""
    code = db.session.scalar(_CODE, {"enrollment_id": enrollment_id})
    if code is None:
        raise NotFound("enrollment")
    return code


def count_present(lesson_id: int) -> int:
    """Learners recorded as present at a lesson."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Attendance)
            .where(Attendance.lesson_id == lesson_id, Attendance.state == AttendanceState.PRESENT)
        )
        or 0
    )


def count_learners(course_run_id: int) -> int:
    """Learners a class expects."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Enrollment)
            .where(Enrollment.course_run_id == course_run_id, Enrollment.state.not_in(ENDED))
        )
        or 0
    )


def list_waiting_entries(lesson_id: int) -> Sequence[PresenceEntry]:
    """Presences of a lesson that wait for a second person, in the order of entering."""
    return db.session.scalars(
        select(PresenceEntry)
        .where(PresenceEntry.lesson_id == lesson_id, _WAITS)
        .order_by(PresenceEntry.id)
        .limit(RUN_SIZE_MAX)
    ).all()


def list_waiting_entries_of(enrollment_id: int) -> dict[int, PresenceEntry]:
    """A learner's presences that wait for a second person, by lesson."""
    rows = db.session.scalars(
        select(PresenceEntry)
        .where(PresenceEntry.enrollment_id == enrollment_id, _WAITS)
        .order_by(PresenceEntry.id)
        .limit(500)
    )
    return {entry.lesson_id: entry for entry in rows}


def find_waiting_entry(enrollment_id: int, lesson_id: int) -> PresenceEntry | None:
    """What waits for a second person about one learner at one lesson."""
    return db.session.scalar(
        select(PresenceEntry).where(
            PresenceEntry.enrollment_id == enrollment_id,
            PresenceEntry.lesson_id == lesson_id,
            _WAITS,
        )
    )


def find_waiting_entry_of_lesson(enrollment_id: int, number: int) -> PresenceEntry | None:
    """The same by the number of the lesson in its class."""
    return db.session.scalar(
        select(PresenceEntry)
        .join(Lesson, Lesson.id == PresenceEntry.lesson_id)
        .where(PresenceEntry.enrollment_id == enrollment_id, Lesson.number == number, _WAITS)
    )


def count_waiting_entries(enrollment_ids: Collection[int]) -> dict[int, int]:
    """Waiting presences per learner; learners without one are absent."""
    rows = db.session.execute(
        select(PresenceEntry.enrollment_id, func.count())
        .where(PresenceEntry.enrollment_id.in_(enrollment_ids), _WAITS)
        .group_by(PresenceEntry.enrollment_id)
        .order_by(PresenceEntry.enrollment_id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {enrollment_id: count for enrollment_id, count in rows}


@dataclass(frozen=True, slots=True)
class WaitingSheet:
    """A lesson with presences that wait for a second person."""

    run_code: str
    number: int
    title: str
    count: int


def list_sheets_waiting(institution_id: int, *, not_by: int) -> list[WaitingSheet]:
    """Lessons of an institution on which somebody else's entries wait for this colleague."""
    rows = db.session.execute(
        select(CourseRun.code, Lesson.number, CourseVersion.title, func.count())
        .select_from(PresenceEntry)
        .join(Lesson, Lesson.id == PresenceEntry.lesson_id)
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(
            CourseRun.institution_id == institution_id, _WAITS, PresenceEntry.entered_by != not_by
        )
        .group_by(CourseRun.id, CourseRun.code, Lesson.id, Lesson.number, CourseVersion.title)
        .order_by(Lesson.id)
        .limit(100)
    )
    return [WaitingSheet(*row) for row in rows]
