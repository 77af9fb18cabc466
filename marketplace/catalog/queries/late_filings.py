"""Classes filed late, and what waits for an officer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.catalog.models import CourseRun, CourseVersion, LateFiling
from marketplace.catalog.states import CourseRunState, LateFilingState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction


@dataclass(frozen=True, slots=True)
class LateFilingItem:
    """A late filing with its class and institution."""

    filing: LateFiling
    course_run: CourseRun
    title: str
    institution: Institution


def find_late_filing(course_run_id: int) -> LateFiling | None:
    """The late filing of a class; none when it was filed in time."""
    return db.session.scalar(select(LateFiling).where(LateFiling.course_run_id == course_run_id))


def lock_late_filing(course_run_id: int) -> LateFiling:
    """The late filing of a class, held until the unit of work ends."""
    filing = db.session.scalar(
        select(LateFiling)
        .where(LateFiling.course_run_id == course_run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if filing is None:
        raise NotFound("late_filing")
    return filing


def list_late_filings(paths: Sequence[str], page: PageRequest) -> Page[LateFilingItem]:
    """Late filings of these subtrees: those that wait first, by first day, then the decided."""
    wanted = _items(paths)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(LateFiling.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(
            LateFiling.state != LateFilingState.ASKED, CourseRun.starts_on, LateFiling.id
        )
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([LateFilingItem(*row) for row in rows], total or 0, page.number, page.limit)


def count_waiting_late_filings(paths: Sequence[str]) -> int:
    """How many late filings wait for an officer of these subtrees."""
    wanted = (
        _items(paths)
        .where(LateFiling.state == LateFilingState.ASKED, CourseRun.state == CourseRunState.FILED)
        .with_only_columns(LateFiling.id)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(wanted)) or 0


def find_late_filing_in(code: str, paths: Sequence[str]) -> LateFilingItem | None:
    """The late filing of a class of these subtrees, by the code of the class."""
    row = db.session.execute(_items(paths).where(CourseRun.code == code)).one_or_none()
    return LateFilingItem(*row) if row else None


def _items(paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(LateFiling, CourseRun, CourseVersion.title, Institution)
        .join(CourseRun, CourseRun.id == LateFiling.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(in_subtrees(paths))
    )
