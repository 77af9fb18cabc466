"""What a version under review is compared with: prices and texts of other courses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.offer_warnings import (
    TEXT_READ_MAX,
    OfferFacts,
    OfferWarning,
    OtherOffer,
    VoucherCap,
    warnings_for_offer,
)
from marketplace.catalog.queries.course_history import find_last_listed_version
from marketplace.catalog.queries.course_policy import get_catalog_policy
from marketplace.catalog.queries.search import is_offered
from marketplace.catalog.states import CourseState
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution

COMPARABLES_MAX = 2_000
OTHERS_MAX = 300
OWN_MAX = 300


def get_offer_warnings(
    course: Course, version: CourseVersion, *, caps: Sequence[VoucherCap]
) -> tuple[OfferWarning, ...]:
    """What a reviewer should look at twice before listing this version; never a decision."""
    policy = get_catalog_policy()
    return warnings_for_offer(
        get_offer_facts(course, version, caps=caps, comparables_min=policy.comparables_min), policy
    )


def get_offer_facts(
    course: Course,
    version: CourseVersion,
    *,
    caps: Sequence[VoucherCap],
    comparables_min: int,
) -> OfferFacts:
    """Everything the warnings are decided on."""
    earlier = find_last_listed_version(course)
    if earlier is not None and earlier.id == version.id:
        earlier = None
    fees, basis = _comparable_fees(course, version, comparables_min)
    return OfferFacts(
        title=version.title,
        description=version.description,
        hours=version.hours,
        level=course.level,
        has_occupation=course.occupation_id is not None,
        fee=Money(version.fee_fen, version.currency),
        earlier_fee_fen=earlier.fee_fen if earlier else None,
        earlier_version=earlier.number if earlier else None,
        comparable_fees=fees,
        comparable_basis=basis,
        own=_list_own(course, version),
        others=_list_others(course),
        caps=tuple(caps),
    )


def _comparable_fees(
    course: Course, version: CourseVersion, least: int
) -> tuple[tuple[tuple[int, int], ...], str]:
    """By occupation and level; when there are too few, by the group of occupations."""
    if course.occupation_id is None:
        return (), "occupation"
    same = _list_fees(
        course, version, Course.occupation_id == course.occupation_id, _level_is(course.level)
    )
    if len(same) >= least:
        return same, "occupation"
    parent_id = db.session.scalar(
        select(Occupation.parent_id).where(Occupation.id == course.occupation_id)
    )
    if parent_id is None:
        return same, "occupation"
    siblings = select(Occupation.id).where(Occupation.parent_id == parent_id)
    group = _list_fees(course, version, Course.occupation_id.in_(siblings), _level_is(course.level))
    return (group, "group") if len(group) > len(same) else (same, "occupation")


def _list_fees(
    course: Course, version: CourseVersion, *wanted: ColumnElement[bool]
) -> tuple[tuple[int, int], ...]:
    rows = db.session.execute(
        select(CourseVersion.fee_fen, CourseVersion.hours)
        .join(Course, Course.current_version_id == CourseVersion.id)
        .join(Institution, Institution.id == Course.institution_id)
        .where(
            is_offered(),
            Course.institution_id != course.institution_id,
            CourseVersion.currency == version.currency,
            CourseVersion.hours > 0,
            CourseVersion.fee_fen > 0,
            *wanted,
        )
        .order_by(Course.id.desc())
        .limit(COMPARABLES_MAX)
    )
    return tuple((fee_fen, hours) for fee_fen, hours in rows if hours)


def _list_own(course: Course, version: CourseVersion) -> tuple[OtherOffer, ...]:
    """Listed, or waiting for review: a draft harms nobody."""
    rows = db.session.execute(
        _offers(course)
        .where(
            Course.institution_id == course.institution_id,
            Course.id != course.id,
            or_(Course.state == CourseState.LISTED, Course.state == CourseState.SUBMITTED),
        )
        .order_by(Course.id.desc())
        .limit(OWN_MAX)
    )
    return tuple(_offer(row, course) for row in rows)


def _list_others(course: Course) -> tuple[OtherOffer, ...]:
    rows = db.session.execute(
        _offers(course)
        .where(
            is_offered(),
            Course.institution_id != course.institution_id,
            Course.occupation_id == course.occupation_id
            if course.occupation_id
            else Course.occupation_id.is_(None),
        )
        .order_by(Course.id.desc())
        .limit(OTHERS_MAX)
    )
    return tuple(_offer(row, course) for row in rows)


def _offers(course: Course) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Course.code,
            Course.level,
            Course.occupation_id,
            Institution.name,
            CourseVersion.title,
            CourseVersion.hours,
            CourseVersion.fee_fen,
            func.substr(CourseVersion.description, 1, TEXT_READ_MAX).label("description"),
        )
        .select_from(Course)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
    )


def _offer(row: Any, course: Course) -> OtherOffer:
    return OtherOffer(
        code=row.code,
        title=row.title,
        institution=row.name,
        level=row.level,
        same_occupation=row.occupation_id == course.occupation_id,
        hours=row.hours,
        fee_fen=row.fee_fen,
        description=row.description,
    )


def _level_is(level: int | None) -> ColumnElement[bool]:
    return Course.level == level if level is not None else and_(Course.level.is_(None))
