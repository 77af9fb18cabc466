"""The directory of training courses (项目目录) as it stood on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, or_, select

from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.queries.shortage import occupations_below
from marketplace.catalog.states import CourseState
from marketplace.directories.models import (
    AccreditationListing,
    CourseListing,
    InstitutionListing,
)
from marketplace.directories.queries.institutions import (
    accreditation_in_force,
    listing_history,
)
from marketplace.directories.queries.listings import (
    LISTED,
    Directory,
    DirectoryQuery,
    Row,
    state_is,
    stood,
    texts_hold,
)
from marketplace.foundation import clock
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction

PAUSED = "paused"


def course_rows(query: DirectoryQuery) -> Select[*tuple[Any, ...]]:
    """Courses with the version that was listed at the end of the day."""
    listing, institution = CourseListing, InstitutionListing
    state = course_state(query.on)
    return (
        select(
            Course.code,
            CourseVersion.title,
            Institution.code.label("institution_code"),
            institution.name.label("institution"),
            Jurisdiction.code.label("jurisdiction_code"),
            Jurisdiction.name.label("jurisdiction"),
            Occupation.code.label("occupation_code"),
            Occupation.title.label("occupation"),
            listing.level,
            CourseVersion.hours,
            cast(CourseVersion.mode, String).label("mode"),
            CourseVersion.fee_fen,
            CourseVersion.currency,
            CourseVersion.certificate,
            CourseVersion.number.label("version"),
            state.label("state"),
            listing.from_at.label("since"),
            Course.code.label("entry_key"),
            cast(listing.id, String).concat("-").concat(state).label("entry_mark"),
            CourseVersion.title.label("entry_title"),
        )
        # Outer joins, though each is always there: a count then leaves them out.
        .outerjoin(Course, Course.id == listing.course_id)
        .outerjoin(CourseVersion, CourseVersion.id == listing.version_id)
        .outerjoin(Institution, Institution.id == listing.institution_id)
        .outerjoin(
            institution,
            (institution.institution_id == listing.institution_id) & stood(institution, query.on),
        )
        .outerjoin(Occupation, Occupation.id == listing.occupation_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == institution.jurisdiction_id)
        .where(
            stood(listing, query.on),
            *texts_hold(query.text, CourseVersion.title, institution.name, Course.code),
            *_state_conditions(query, state),
            *_facets(query),
        )
    )


def course_state(on: date) -> ColumnElement[Any]:
    """`listed` is what could be taught and paid that day; `paused`: its institution could not."""
    return case(
        (CourseListing.state == CourseState.DELISTED, CourseState.DELISTED.value),
        (_may_teach(on), CourseState.LISTED.value),
        else_=PAUSED,
    )


def _state_conditions(
    query: DirectoryQuery, state: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    if query.state in (LISTED, CourseState.LISTED.value):
        return [CourseListing.state == CourseState.LISTED, _may_teach(query.on)]
    return state_is(query.state, state, CourseState.LISTED.value)


def _may_teach(on: date) -> ColumnElement[bool]:
    """The institution was in standing, and accredited for the occupation and level."""
    return (InstitutionListing.state == InstitutionState.ACCREDITED) & accreditation_in_force(
        on,
        CourseListing.institution_id,
        or_(
            AccreditationListing.occupation_code.is_(None),
            AccreditationListing.occupation_code == Occupation.code,
        ),
        or_(
            AccreditationListing.level.is_(None), AccreditationListing.level == CourseListing.level
        ),
    )


def _facets(query: DirectoryQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.jurisdiction_path:
        conditions.append(Jurisdiction.path.startswith(query.jurisdiction_path, autoescape=True))
    if query.occupation_id is not None:
        below = occupations_below(query.occupation_id)
        conditions.append(CourseListing.occupation_id.in_(select(below.c.id)))
    if query.level is not None:
        conditions.append(CourseListing.level == query.level)
    return conditions


def _in_local_days(rows: Sequence[Row], _on: date) -> None:
    for row in rows:
        row["since"] = clock.local_date(row["since"])


COURSES = Directory(
    columns=(
        "code", "title", "institution_code", "institution", "jurisdiction_code", "jurisdiction",
        "occupation_code", "occupation", "level", "hours", "mode", "fee_fen", "currency",
        "certificate", "version", "state", "since",
    ),
    states=("listed", PAUSED, "delisted"),
    rows_of=course_rows,
    order_by=(CourseListing.id.desc(),),
    complete=_in_local_days,
    history=lambda: listing_history(CourseListing),
)  # fmt: skip
