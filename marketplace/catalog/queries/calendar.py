"""Lessons as calendars need them: with their class, its place and how often it was changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.catalog.models import (
    Course,
    CourseRun,
    CourseRunChange,
    CourseVersion,
    Lesson,
)
from marketplace.catalog.states import CourseRunState
from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, ask, is_among

LESSONS_MAX = 3_000
"""More lessons than a calendar shows; a school of forty rooms has them in three months."""


@dataclass(frozen=True, slots=True)
class CalendarLesson:
    """One lesson with what a calendar entry says of its class."""

    lesson: Lesson
    run_code: str
    course_code: str
    title: str
    site: str
    is_canceled: bool
    changes: int


@dataclass(frozen=True, slots=True)
class LessonTime:
    """When a lesson of a class is and what it is about: all that the public reads of it."""

    course_run_id: int
    starts_at: datetime
    ends_at: datetime
    topic: str | None


def list_lesson_times(course_run_ids: Collection[int]) -> list[LessonTime]:
    """The lessons of some classes, past ones too, in order of time."""
    return [LessonTime(*row) for row in ask(_TIMES, {"course_run_ids": list(course_run_ids)})]


_lesson_rows = table_of(Lesson)
_TIMES = Direct(
    select(*(_lesson_rows.c[name] for name in LessonTime.__slots__))
    .where(is_among(_lesson_rows.c.course_run_id, "course_run_ids"))
    .order_by(_lesson_rows.c.starts_at, _lesson_rows.c.id)
    .limit(LESSONS_MAX)
)
"""Read for every page of a course: built once, without objects."""


def list_calendar_lessons(
    course_run_ids: Collection[int], *, since: datetime
) -> list[CalendarLesson]:
    """The lessons of some classes that end after an instant, in order of time."""
    rows = db.session.execute(
        _lessons(since)
        .where(CourseRun.id.in_(course_run_ids))
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(LESSONS_MAX)
    )
    return [_lesson(row) for row in rows]


def list_calendar_lessons_of_institution(
    institution_id: int, *, since: datetime
) -> list[CalendarLesson]:
    """The lessons of an institution that end after an instant, in order of time."""
    rows = db.session.execute(
        _lessons(since)
        .where(CourseRun.institution_id == institution_id)
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(LESSONS_MAX)
    )
    return [_lesson(row) for row in rows]


def _lessons(since: datetime) -> Select[*tuple[Any, ...]]:
    changes = (
        select(func.count())
        .where(CourseRunChange.course_run_id == CourseRun.id)
        .correlate(CourseRun)
        .scalar_subquery()
    )
    return (
        select(
            Lesson,
            CourseRun.code,
            Course.code,
            CourseVersion.title,
            CourseRun.site,
            CourseRun.state,
            changes,
        )
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(Lesson.ends_at >= since)
    )


def _lesson(row: Any) -> CalendarLesson:
    lesson, run_code, course_code, title, site, state, changes = row
    canceled = state is CourseRunState.CANCELED
    # The cancellation is one more change: a calendar keeps the entry with the highest number.
    return CalendarLesson(
        lesson, run_code, course_code, title, site, canceled, changes + int(canceled)
    )
