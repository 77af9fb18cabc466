"""Similar courses and classes. One stated rule, never a paid rank.

The same occupation; first those of the same level, then those in the same county, then in the same
city, then those with the soonest class one can enroll in. When an occupation has too few, its group
of occupations follows. Nothing that is not offered now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.sql.expression import Subquery

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Occupation
from marketplace.catalog.queries.search import is_offered
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction

SIMILAR_MAX = 4


@dataclass(frozen=True, slots=True)
class SimilarCourse:
    """A course that may do as well."""

    course_id: int
    code: str
    title: str
    institution_name: str
    place: str | None
    level: int | None
    hours: int | None
    mode: CourseMode
    fee: Money
    next_run_starts_on: date | None


@dataclass(frozen=True, slots=True)
class SimilarRun:
    """A class one can enroll in today that may do as well."""

    run_code: str
    course_code: str
    title: str
    institution_name: str
    site: str
    starts_on: date
    ends_on: date
    seats_left: int


def list_similar_courses(course: Course, *, limit: int = SIMILAR_MAX) -> list[SimilarCourse]:
    """Courses of the same occupation, else of its group, nearest first."""
    found = list_courses_like(course, Course.occupation_id == course.occupation_id, limit)
    if len(found) >= limit or course.occupation_id is None:
        return found
    known = [similar.course_id for similar in found]
    siblings = (
        _group_of(course.occupation_id)
        & (Course.occupation_id != course.occupation_id)
        & Course.id.not_in(known)
    )
    return found + list_courses_like(course, siblings, limit - len(found))


def list_similar_runs(run: CourseRun, *, limit: int = SIMILAR_MAX) -> list[SimilarRun]:
    """Other classes one can enroll in today: of the same course first, then of similar ones."""
    course = db.session.get_one(Course, run.course_id)
    same_course = case((Course.id == course.id, 0), else_=1)
    same_occupation: ColumnElement[bool] = Course.id == course.id
    if course.occupation_id is not None:
        same_occupation |= Course.occupation_id == course.occupation_id
    rows = db.session.execute(
        select(
            CourseRun.code,
            Course.code.label("course_code"),
            CourseVersion.title,
            Institution.name,
            CourseRun.site,
            CourseRun.starts_on,
            CourseRun.ends_on,
            (CourseRun.capacity - CourseRun.seats_taken).label("seats_left"),
        )
        .join(Course, Course.id == CourseRun.course_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(is_offered(), same_occupation, CourseRun.id != run.id, _takes_enrollments())
        .order_by(same_course, *_nearness(course), CourseRun.starts_on, CourseRun.id)
        .limit(limit)
    )
    return [SimilarRun(*row) for row in rows]


def list_courses_like(
    course: Course, wanted: ColumnElement[bool], limit: int
) -> list[SimilarCourse]:
    """Offered courses of some occupations besides this one, nearest first."""
    if course.occupation_id is None:
        return []
    runs = _next_runs(wanted)
    rows: Sequence[Any] = db.session.execute(
        _courses(runs)
        .where(is_offered(), wanted, Course.id != course.id)
        .order_by(*_nearness(course), runs.c.starts_on.is_(None), runs.c.starts_on, Course.id)
        .limit(limit)
    ).all()
    return [
        SimilarCourse(
            course_id=row.id,
            code=row.code,
            title=row.title,
            institution_name=row.name,
            place=row.place,
            level=row.level,
            hours=row.hours,
            mode=row.mode,
            fee=Money(row.fee_fen, row.currency),
            next_run_starts_on=row.starts_on,
        )
        for row in rows
    ]


def _courses(runs: Subquery) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Course.id,
            Course.code,
            Course.level,
            CourseVersion.title,
            CourseVersion.hours,
            CourseVersion.mode,
            CourseVersion.fee_fen,
            CourseVersion.currency,
            Institution.name,
            func.coalesce(Institution.city, Jurisdiction.name).label("place"),
            runs.c.starts_on,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(runs, runs.c.course_id == Course.id)
    )


def _next_runs(wanted: ColumnElement[bool]) -> Subquery:
    """The soonest class one can enroll in, of the courses that are compared only."""
    return (
        select(CourseRun.course_id, func.min(CourseRun.starts_on).label("starts_on"))
        .join(Course, Course.id == CourseRun.course_id)
        .where(_takes_enrollments(), wanted)
        .group_by(CourseRun.course_id)
        .subquery("next_run")
    )


def _takes_enrollments() -> ColumnElement[bool]:
    today = clock.today()
    return (
        (CourseRun.state == CourseRunState.OPEN)
        & (CourseRun.enrollment_opens_on <= today)
        & (CourseRun.enrollment_closes_on >= today)
    )


def _group_of(occupation_id: int) -> ColumnElement[bool]:
    own = db.session.get(Occupation, occupation_id)
    if own is None or own.parent_id is None:
        return Course.id.is_(None)
    return Course.occupation_id.in_(
        select(Occupation.id).where(Occupation.parent_id == own.parent_id)
    )


def _nearness(course: Course) -> list[ColumnElement[Any]]:
    """Level, then county, then city, as sort keys: 0 is nearer than 1."""
    same_level = Course.level == course.level if course.level else Course.level.is_(None)
    keys: list[ColumnElement[Any]] = [case((same_level, 0), else_=1)]
    place = db.session.execute(
        select(Jurisdiction.id, Jurisdiction.path)
        .join(Institution, Institution.jurisdiction_id == Jurisdiction.id)
        .where(Institution.id == course.institution_id)
    ).one_or_none()
    if place is not None:
        city = place.path.rstrip("/").rpartition("/")[0]
        keys.append(case((Institution.jurisdiction_id == place.id, 0), else_=1))
        if city:
            near = Jurisdiction.path.startswith(f"{city}/", autoescape=True)
            keys.append(case((near, 0), else_=1))
    return keys
