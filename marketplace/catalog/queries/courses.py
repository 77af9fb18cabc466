"""Reading courses and their versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, bindparam, func, or_, select

from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.rules import TeachingFacts
from marketplace.catalog.states import CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db, next_object, table_of
from marketplace.foundation.direct import Direct, ask
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import (
    get_institution,
    in_subtrees,
)
from marketplace.institutions.rules import AccreditationPeriod, state_on
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.standing.queries.institution_facts import get_institution_facts
from marketplace.teaching.queries import list_site_names


@dataclass(frozen=True, slots=True)
class CourseInReview:
    """A submitted course, or a revision of a listed one, beside its institution."""

    course: Course
    version: CourseVersion
    institution: Institution
    is_revision: bool


@dataclass(frozen=True, slots=True)
class PublicCourse:
    """A course that is or once was public, with what decides whether it is offered now."""

    course: Course
    version: CourseVersion
    institution: Institution
    occupation_title: str | None
    place: str | None
    facts: TeachingFacts


def get_course(course_id: int) -> Course:
    """One course, or 404."""
    course = db.session.get(Course, course_id)
    if course is None:
        raise NotFound("course")
    return course


def lock_course(course_id: int) -> Course:
    """One course, held until the unit of work ends, as it is now."""
    course = db.session.scalar(
        select(Course)
        .where(Course.id == course_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if course is None:
        raise NotFound("course")
    return course


def find_course_by_code(code: str, *, institution_id: int | None = None) -> Course | None:
    """By its public code, of one institution when given."""
    wanted = select(Course).where(Course.code == code)
    if institution_id is not None:
        wanted = wanted.where(Course.institution_id == institution_id)
    return db.session.scalar(wanted)


def get_course_version(version_id: int | None) -> CourseVersion:
    """What a course said, or 404."""
    version = db.session.get(CourseVersion, version_id) if version_id else None
    if version is None:
        raise NotFound("course_version")
    return version


def get_latest_version(course: Course) -> CourseVersion:
    """What the institution sees: the revision that waits, else the version in force."""
    return get_course_version(course.proposed_version_id or course.current_version_id)


def list_versions(course_id: int) -> Sequence[CourseVersion]:
    """Everything a course ever said, newest first."""
    return db.session.scalars(
        select(CourseVersion)
        .where(CourseVersion.course_id == course_id)
        .order_by(CourseVersion.number.desc())
        .limit(100)
    ).all()


def get_teaching_facts(course: Course, *, site_id: int | None = None) -> TeachingFacts:
    """Whether the course may be taught (at a registered site), as the rules ask it."""
    occupation = db.session.get(Occupation, course.occupation_id) if course.occupation_id else None
    institution, code = get_institution(course.institution_id), occupation and occupation.code
    return _teaching_facts(course, institution, code or None, site_id)


def _teaching_facts(
    course: Course, institution: Institution, occupation_code: str | None, site_id: int | None
) -> TeachingFacts:
    known = get_institution_facts([institution.id])
    changes = known.changes.get(institution.id, ())
    periods = _newest_first(known.periods.get(institution.id, ()))
    return TeachingFacts(
        course_state=course.state,
        quarantined=bool(course.quarantine_reason or institution.quarantine_reason),
        institution_state=state_on(changes, institution.state, clock.today()),
        accreditations=periods,
        occupation_code=occupation_code,
        level=course.level,
        grade_bar=known.bars.get(institution.id),
        state_changes=changes,
        site_id=site_id,
        site_names=list_site_names(period.site_id for period in periods),
    )


def _newest_first(periods: Sequence[AccreditationPeriod]) -> tuple[AccreditationPeriod, ...]:
    """Of those that begin on the same day, the one granted last: what a refusal names first."""
    return tuple(sorted(reversed(periods), key=lambda period: period.valid_from, reverse=True))


def find_public_course(code: str) -> PublicCourse | None:
    """A course by its code, if the public ever could see it."""
    rows = ask(_PUBLIC, {"code": code})
    if not rows:
        return None
    values = iter(rows[0])
    course = next_object(Course, values)
    version = next_object(CourseVersion, values)
    institution = next_object(Institution, values)
    occupation_code, occupation_title, place_name = values
    place = institution.city or place_name
    facts = _teaching_facts(course, institution, occupation_code, None)
    return PublicCourse(course, version, institution, occupation_title, place, facts)


_PUBLIC = Direct(
    select(
        table_of(Course),
        table_of(CourseVersion),
        table_of(Institution),
        Occupation.code,
        Occupation.title,
        Jurisdiction.name,
    )
    .select_from(Course)
    .join(CourseVersion, CourseVersion.id == Course.current_version_id)
    .join(Institution, Institution.id == Course.institution_id)
    .outerjoin(Occupation, Occupation.id == Course.occupation_id)
    .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
    .where(
        Course.code == bindparam("code", type_=Text),
        or_(Course.state == CourseState.LISTED, Course.state == CourseState.DELISTED),
    )
)
"""Read for every page of a course: built once."""


def list_courses_of_institution(
    institution_id: int, page: PageRequest, *, state: CourseState | None = None
) -> Page[tuple[Course, CourseVersion]]:
    """The institution's own courses with what they say, newest first."""
    wanted = (
        select(Course, CourseVersion)
        .join(
            CourseVersion,
            CourseVersion.id
            == func.coalesce(Course.proposed_version_id, Course.current_version_id),
        )
        .where(Course.institution_id == institution_id)
    )
    if state is not None:
        wanted = wanted.where(Course.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(Course.changed_at.desc(), Course.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([(course, version) for course, version in rows], total, page.number, page.limit)


def list_courses_in_review(paths: Sequence[str], page: PageRequest) -> Page[CourseInReview]:
    """Courses and revisions that wait for an officer of these jurisdictions, oldest first."""
    wanted = (
        select(Course, CourseVersion, Institution)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(
            CourseVersion,
            CourseVersion.id
            == func.coalesce(Course.proposed_version_id, Course.current_version_id),
        )
        .where(
            or_(
                Course.state == CourseState.SUBMITTED,
                Course.state.in_((CourseState.LISTED, CourseState.DELISTED))
                & Course.proposed_version_id.is_not(None),
            ),
            in_subtrees(paths),
        )
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(Course.changed_at, Course.id).offset(page.offset).limit(page.limit)
    )
    items = [
        CourseInReview(course, version, institution, course.proposed_version_id is not None)
        for course, version, institution in rows
    ]
    return Page(items, total, page.number, page.limit)


def find_course_in_review(code: str, paths: Sequence[str]) -> CourseInReview | None:
    """One course of these jurisdictions by its code, whatever its state."""
    row = db.session.execute(
        select(Course, CourseVersion, Institution)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(
            CourseVersion,
            CourseVersion.id
            == func.coalesce(Course.proposed_version_id, Course.current_version_id),
        )
        .where(Course.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        return None
    return CourseInReview(row[0], row[1], row[2], row[0].proposed_version_id is not None)


def get_next_version_number(course_id: int) -> int:
    """The number the next version gets."""
    newest = db.session.scalar(
        select(func.max(CourseVersion.number)).where(CourseVersion.course_id == course_id)
    )
    return (newest or 0) + 1
