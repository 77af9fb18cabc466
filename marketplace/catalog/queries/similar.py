"""Similar courses and classes. One stated rule, never a paid rank.

The same occupation; first those of the same level, then those in the same county, then in the same
city, then those with the soonest class one can enroll in. When an occupation has too few, its group
of occupations follows. Nothing that is not offered now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import Subquery

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Occupation
from marketplace.catalog.queries.search import is_offered
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.direct import Direct, ask
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
    """Courses of the same occupation, else of its group, nearest first; none without one."""
    if course.occupation_id is None:
        return []
    home_id, city = _place_of(course)
    asked = {
        "course_id": course.id,
        "occupation_id": course.occupation_id,
        "level": course.level,
        "home_id": home_id,
        "city": city,
        "today": clock.today(),
        "most": limit,
    }
    found = ask(_OF_OCCUPATION, asked)
    if len(found) < limit:
        found += ask(_OF_GROUP, {**asked, "most": limit - len(found)})
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
        for row in found
    ]


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
        .where(
            is_offered(),
            same_occupation,
            CourseRun.id != run.id,
            _takes_enrollments(literal(clock.today())),
        )
        .order_by(same_course, *_nearness(course), CourseRun.starts_on, CourseRun.id)
        .limit(limit)
    )
    return [SimilarRun(*row) for row in rows]


def _takes_enrollments(today: ColumnElement[date]) -> ColumnElement[bool]:
    return (
        (CourseRun.state == CourseRunState.OPEN)
        & (CourseRun.enrollment_opens_on <= today)
        & (CourseRun.enrollment_closes_on >= today)
    )


def _nearness(course: Course) -> list[ColumnElement[Any]]:
    """Level, then county, then city, as sort keys: 0 is nearer than 1."""
    home_id, city = _place_of(course)
    return _nearness_keys(
        literal(course.level, Integer), literal(home_id, BigInteger), literal(city, Text)
    )


def _nearness_keys(
    level: ColumnElement[Any], home_id: ColumnElement[Any], city: ColumnElement[Any]
) -> list[ColumnElement[Any]]:
    """What is null is near to nothing, except that courses without a level are like each other."""
    return [
        case((Course.level.is_not_distinct_from(level), 0), else_=1),
        case((Institution.jurisdiction_id == home_id, 0), else_=1),
        case((func.substr(Jurisdiction.path, 1, func.length(city)) == city, 0), else_=1),
    ]


def _place_of(course: Course) -> tuple[int | None, str | None]:
    """The county where a course is taught, and how the paths of its city begin."""
    places = ask(_PLACE, {"institution_id": course.institution_id})
    if not places:
        return None, None
    city = places[0].path.rstrip("/").rpartition("/")[0]
    return places[0].id, f"{city}/" if city else None


_PLACE = Direct(
    select(Jurisdiction.id, Jurisdiction.path)
    .join(Institution, Institution.jurisdiction_id == Jurisdiction.id)
    .where(Institution.id == bindparam("institution_id", type_=BigInteger))
)


def _next_runs(wanted: ColumnElement[bool]) -> Subquery:
    """The soonest class one can enroll in, of the courses that are compared only."""
    return (
        select(CourseRun.course_id, func.min(CourseRun.starts_on).label("starts_on"))
        .join(Course, Course.id == CourseRun.course_id)
        .where(_takes_enrollments(bindparam("today", type_=Date)), wanted)
        .group_by(CourseRun.course_id)
        .subquery("next_run")
    )


def _similar(wanted: ColumnElement[bool], runs: Subquery) -> Select[*tuple[Any, ...]]:
    """Offered courses of some occupations besides one."""
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
        .where(is_offered(), wanted, Course.id != bindparam("course_id", type_=BigInteger))
    )


def _nearest_first(runs: Subquery) -> list[ColumnElement[Any]]:
    keys = _nearness_keys(
        bindparam("level", type_=Integer),
        bindparam("home_id", type_=BigInteger),
        bindparam("city", type_=Text),
    )
    return [*keys, runs.c.starts_on.is_(None), runs.c.starts_on, Course.id.expression]


_OCCUPATION, _MOST = bindparam("occupation_id", type_=BigInteger), bindparam("most", type_=Integer)
_OWN, _SIBLING = aliased(Occupation), aliased(Occupation)
_SAME = Course.occupation_id == _OCCUPATION
_RUNS = _next_runs(_SAME)
_OF_OCCUPATION = Direct(_similar(_SAME, _RUNS).order_by(*_nearest_first(_RUNS)).limit(_MOST))
_IN_GROUP = Course.occupation_id.in_(
    select(_SIBLING.id)
    .join(_OWN, _OWN.parent_id == _SIBLING.parent_id)
    .where(_OWN.id == _OCCUPATION, _SIBLING.id != _OCCUPATION)
)
_GROUP_RUNS = _next_runs(_IN_GROUP)
_OF_GROUP = Direct(
    _similar(_IN_GROUP, _GROUP_RUNS).order_by(*_nearest_first(_GROUP_RUNS)).limit(_MOST)
)
"""Read for every page of a course: built once, without objects."""
