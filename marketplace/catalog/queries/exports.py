"""The catalog and the register of institutions as files in our own format, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.catalog.course_features import features_text
from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.sources import generic
from marketplace.catalog.states import CourseState
from marketplace.foundation.db import db
from marketplace.imports.cells import amount_text
from marketplace.institutions.models import Accreditation, Institution
from marketplace.institutions.sources import generic as generic_institutions
from marketplace.institutions.states import AccreditationState, InstitutionState
from marketplace.jurisdictions.models import Jurisdiction

BATCH = 1_000
PUBLIC = (CourseState.LISTED, CourseState.DELISTED)
_COURSE_STATUS = {CourseState.LISTED: "approved", CourseState.DELISTED: "withdrawn"}
_INSTITUTION_STATUS = {
    InstitutionState.ACCREDITED: "approved",
    InstitutionState.APPLIED: "pending",
    InstitutionState.WITHDRAWN: "withdrawn",
    InstitutionState.SUSPENDED: "suspended",
    InstitutionState.BARRED: "terminated",
}


def each_course_row(*, institution_id: int | None = None) -> Iterator[list[str]]:
    """Every course that is or was public, as the columns of our format.

    Of one institution: all its courses, drafts too, as it says them now.
    """
    version_id: ColumnElement[int | None] = Course.current_version_id.expression
    wanted = _courses()
    if institution_id is not None:
        wanted = wanted.where(Course.institution_id == institution_id)
        version_id = func.coalesce(Course.proposed_version_id, Course.current_version_id)
    else:
        wanted = wanted.where(Course.state.in_(PUBLIC))
    wanted = wanted.join(CourseVersion, CourseVersion.id == version_id)
    last_id = 0
    while True:
        rows = db.session.execute(
            wanted.where(Course.id > last_id).order_by(Course.id).limit(BATCH)
        ).all()
        for row in rows:
            yield _course_row(*row)
        if len(rows) < BATCH:
            return
        last_id = rows[-1][0].id
        db.session.expunge_all()


def each_institution_row() -> Iterator[list[str]]:
    """Every institution as the columns of our format."""
    last_id = 0
    while True:
        rows = db.session.execute(
            select(Institution, Jurisdiction.code)
            .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
            .where(Institution.id > last_id)
            .order_by(Institution.id)
            .limit(BATCH)
        ).all()
        periods = _periods([institution.id for institution, _code in rows])
        for institution, place in rows:
            yield _institution_row(institution, place, periods.get(institution.id))
        if len(rows) < BATCH:
            return
        last_id = rows[-1][0].id
        db.session.expunge_all()


def _courses() -> Select[*tuple[Any, ...]]:
    return (
        select(Course, CourseVersion, Institution, Occupation.code)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Occupation, Occupation.id == Course.occupation_id)
    )


def _course_row(
    course: Course, version: CourseVersion, institution: Institution, occupation: str | None
) -> list[str]:
    parts = {f"fee_{part}": version.fee_parts.get(part) for part in generic.PARTS}
    values: dict[str, Any] = {
        "course_key": _course_key(course),
        "institution_key": institution_key(institution),
        "institution_name": institution.name,
        "title": version.title,
        "fee": amount_text(version.fee_fen),
        **{name: None if fen is None else amount_text(fen) for name, fen in parts.items()},
        "hours": version.hours,
        "mode": version.mode.value,
        "level": course.level,
        "occupation_code": occupation,
        "certificate": version.certificate,
        "prerequisites": version.prerequisites,
        "description": version.description,
        **features_text(version.attributes or {}),
        "status": _COURSE_STATUS.get(course.state, "pending"),
    }
    return [_text(values[column]) for column in generic.COLUMNS]


def _course_key(course: Course) -> str:
    """The number by which a file names the course again: its source's, or our public code."""
    if course.source == generic.SOURCE:
        return course.source_key
    return course.code


def institution_key(institution: Institution) -> str:
    """The number by which a file names the institution again."""
    if institution.source == generic_institutions.SOURCE:
        return institution.source_key
    return institution.code


def _institution_row(
    institution: Institution, place: str | None, period: tuple[date, date | None] | None
) -> list[str]:
    begun, until = period or (None, None)
    values: dict[str, Any] = {
        "institution_key": institution_key(institution),
        "name": institution.name,
        "status": _INSTITUTION_STATUS[institution.state],
        "uscc": institution.uscc,
        "jurisdiction_code": place,
        "approved_from": begun,
        "approved_until": until,
        "kind": institution.kind,
        "address": institution.address,
        "city": institution.city,
        "county": institution.county,
        "postal_code": institution.postal_code,
        "website": institution.website,
    }
    return [_text(values[column]) for column in generic_institutions.COLUMNS]


def _periods(institution_ids: list[int]) -> dict[int, tuple[date, date | None]]:
    """The accreditation each institution's source gives it: from, until."""
    rows = db.session.execute(
        select(Accreditation.institution_id, Accreditation.valid_from, Accreditation.valid_until)
        .join(Institution, Institution.id == Accreditation.institution_id)
        .where(
            Accreditation.institution_id.in_(institution_ids),
            Accreditation.clause == Institution.source,
            Accreditation.state != AccreditationState.REVOKED,
        )
        .order_by(Accreditation.id)
        .limit(10 * len(institution_ids) or 1)
    )
    return {institution_id: (begun, until) for institution_id, begun, until in rows}


def _text(value: object) -> str:
    return "" if value is None else str(value)
