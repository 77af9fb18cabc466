"""How often each institution's courses were suggested, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import distinct, func, select

from marketplace.catalog.models import CourseRun
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.recommendation.models import SuggestionShowing

EXPOSURE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Exposure:
    """An institution's part in all suggestions of the last days."""

    code: str
    name: str
    showings: int
    people: int
    enrolled: int
    """People who enrolled in a course after it had been suggested to them."""
    share: float


def count_showings(institution_ids: Collection[int], *, on: date) -> dict[int, int]:
    """How often each institution's courses were suggested in the last days, to anybody."""
    rows = db.session.execute(
        select(SuggestionShowing.institution_id, func.count())
        .where(
            SuggestionShowing.institution_id.in_(institution_ids),
            SuggestionShowing.shown_on > on - timedelta(days=EXPOSURE_DAYS),
        )
        .group_by(SuggestionShowing.institution_id)
        .order_by(SuggestionShowing.institution_id)
    )
    return {institution_id: count for institution_id, count in rows}


def list_exposures(paths: Sequence[str], page: PageRequest, *, on: date) -> Page[Exposure]:
    """Institutions of some subtrees by how often they were suggested in the last days."""
    lately = SuggestionShowing.shown_on > on - timedelta(days=EXPOSURE_DAYS)
    inside = in_subtrees(paths)
    total_shown = (
        db.session.scalar(
            select(func.count())
            .select_from(SuggestionShowing)
            .join(Institution, Institution.id == SuggestionShowing.institution_id)
            .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
            .where(lately, inside)
        )
        or 0
    )
    shown = (
        select(
            Institution.id,
            Institution.code,
            Institution.name,
            func.count().label("showings"),
            func.count(distinct(SuggestionShowing.worker_id)).label("people"),
        )
        .join(Institution, Institution.id == SuggestionShowing.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(lately, inside)
        .group_by(Institution.id, Institution.code, Institution.name)
    )
    total = db.session.scalar(select(func.count()).select_from(shown.subquery())) or 0
    rows = db.session.execute(
        shown.order_by(func.count().desc(), Institution.id).offset(page.offset).limit(page.limit)
    ).all()
    enrolled = _count_enrolled([row.id for row in rows], on=on)
    exposures = [
        Exposure(
            row.code,
            row.name,
            row.showings,
            row.people,
            enrolled.get(row.id, 0),
            row.showings / total_shown,
        )
        for row in rows
    ]
    return Page(exposures, total, page.number, page.limit)


def _count_enrolled(institution_ids: Sequence[int], *, on: date) -> dict[int, int]:
    """People who took a place in a course after it had been suggested to them."""
    rows = db.session.execute(
        select(SuggestionShowing.institution_id, func.count(distinct(SuggestionShowing.worker_id)))
        .join(CourseRun, CourseRun.course_id == SuggestionShowing.course_id)
        .join(
            Enrollment,
            (Enrollment.course_run_id == CourseRun.id)
            & (Enrollment.worker_id == SuggestionShowing.worker_id),
        )
        .where(
            SuggestionShowing.institution_id.in_(institution_ids),
            SuggestionShowing.shown_on > on - timedelta(days=EXPOSURE_DAYS),
            Enrollment.created_at >= SuggestionShowing.shown_at,
            Enrollment.state.not_in((EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)),
        )
        .group_by(SuggestionShowing.institution_id)
        .order_by(SuggestionShowing.institution_id)
        .limit(len(institution_ids) or 1)
    )
    return {institution_id: count for institution_id, count in rows}
