"""Reading course runs and their lessons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Date, bindparam, func, or_, select

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Lesson, Occupation
from marketplace.catalog.states import CourseMode, CourseRunState, CourseState
from marketplace.foundation.db import db, next_object, table_of
from marketplace.foundation.direct import Direct, ask
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState


@dataclass(frozen=True, slots=True)
class CourseRunFacts:
    """A course run with everything that decides whether and for how much one may enroll."""

    course_run_id: int
    code: str
    state: CourseRunState
    course_id: int
    course_code: str
    course_version_id: int
    course_state: CourseState
    quarantined: bool
    institution_id: int
    institution_code: str
    institution_name: str
    institution_state: InstitutionState
    occupation_code: str | None
    level: int | None
    title: str
    hours: int | None
    mode: CourseMode
    fee: Money
    starts_on: date
    ends_on: date
    enrollment_opens_on: date
    enrollment_closes_on: date
    capacity: int
    seats_taken: int
    jurisdiction_id: int | None
    site: str
    site_id: int | None


@dataclass(frozen=True, slots=True)
class CourseRunItem:
    """A course run in a list, with the title it was filed under."""

    course_run: CourseRun
    course_code: str
    title: str


def get_course_run(course_run_id: int) -> CourseRun:
    """One course run, or 404."""
    course_run = db.session.get(CourseRun, course_run_id)
    if course_run is None:
        raise NotFound("course_run")
    return course_run


def lock_course_run(course_run_id: int) -> CourseRun:
    """One course run, held until the unit of work ends, as it is now."""
    course_run = db.session.scalar(
        select(CourseRun)
        .where(CourseRun.id == course_run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if course_run is None:
        raise NotFound("course_run")
    return course_run


def find_course_run_by_code(code: str, *, institution_id: int | None = None) -> CourseRun | None:
    """By its public code, of one institution when given."""
    wanted = select(CourseRun).where(CourseRun.code == code)
    if institution_id is not None:
        wanted = wanted.where(CourseRun.institution_id == institution_id)
    return db.session.scalar(wanted)


def get_course_run_facts(course_run_id: int) -> CourseRunFacts:
    """Everything that decides about one course run, or 404."""
    facts = list_course_run_facts([course_run_id])
    if course_run_id not in facts:
        raise NotFound("course_run")
    return facts[course_run_id]


def list_course_run_facts(course_run_ids: Sequence[int]) -> dict[int, CourseRunFacts]:
    """The same for many course runs in one query, by id."""
    rows = db.session.execute(
        select(CourseRun, Course, CourseVersion, Institution, Occupation.code)
        .join(Course, Course.id == CourseRun.course_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(Occupation, Occupation.id == Course.occupation_id)
        .where(CourseRun.id.in_(list(course_run_ids)))
        .order_by(CourseRun.id)
        .limit(len(course_run_ids))
    )
    return {row[0].id: _facts(*row) for row in rows}


def list_lessons(course_run_id: int) -> Sequence[Lesson]:
    """The lessons of a course run in order of time."""
    return db.session.scalars(
        select(Lesson)
        .where(Lesson.course_run_id == course_run_id)
        .order_by(Lesson.number)
        .limit(500)
    ).all()


def list_course_runs_of_course(course_id: int, *, from_on: date) -> Sequence[CourseRun]:
    """Course runs the public may see of a course that have not ended, soonest first."""
    rows = ask(_OF_COURSE, {"course_id": course_id, "from_on": from_on})
    return [next_object(CourseRun, iter(row)) for row in rows]


_PUBLIC_STATES = (
    CourseRunState.FILED,
    CourseRunState.OPEN,
    CourseRunState.FULL,
    CourseRunState.RUNNING,
)
_OF_COURSE = Direct(
    select(table_of(CourseRun))
    .where(
        CourseRun.course_id == bindparam("course_id", type_=BigInteger),
        CourseRun.ends_on >= bindparam("from_on", type_=Date),
        or_(*(CourseRun.state == state for state in _PUBLIC_STATES)),
    )
    .order_by(CourseRun.starts_on, CourseRun.id)
    .limit(50)
)
"""Read for every page of a course: built once."""


def list_course_runs_of_institution(
    institution_id: int,
    page: PageRequest,
    *,
    state: CourseRunState | None = None,
    course_id: int | None = None,
) -> Page[CourseRunItem]:
    """The institution's own course runs, latest start first."""
    wanted = (
        select(CourseRun, Course.code, CourseVersion.title)
        .join(Course, Course.id == CourseRun.course_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(CourseRun.institution_id == institution_id)
    )
    if state is not None:
        wanted = wanted.where(CourseRun.state == state)
    if course_id is not None:
        wanted = wanted.where(CourseRun.course_id == course_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(CourseRun.starts_on.desc(), CourseRun.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([CourseRunItem(*row) for row in rows], total, page.number, page.limit)


def _facts(
    course_run: CourseRun,
    course: Course,
    version: CourseVersion,
    institution: Institution,
    occupation_code: str | None,
) -> CourseRunFacts:
    return CourseRunFacts(
        course_run_id=course_run.id,
        code=course_run.code,
        state=course_run.state,
        course_id=course.id,
        course_code=course.code,
        course_version_id=version.id,
        course_state=course.state,
        quarantined=bool(course.quarantine_reason or institution.quarantine_reason),
        institution_id=institution.id,
        institution_code=institution.code,
        institution_name=institution.name,
        institution_state=institution.state,
        occupation_code=occupation_code,
        level=course.level,
        title=version.title,
        hours=version.hours,
        mode=version.mode,
        fee=Money(version.fee_fen, version.currency),
        starts_on=course_run.starts_on,
        ends_on=course_run.ends_on,
        enrollment_opens_on=course_run.enrollment_opens_on,
        enrollment_closes_on=course_run.enrollment_closes_on,
        capacity=course_run.capacity,
        seats_taken=course_run.seats_taken,
        jurisdiction_id=course_run.jurisdiction_id,
        site=course_run.site,
        site_id=course_run.site_id,
    )
