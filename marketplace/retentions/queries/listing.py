"""Withheld shares as pages and files list them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention
from marketplace.retentions.rules import WARNING_DAYS
from marketplace.retentions.states import RetentionState
from marketplace.vouchers.states import Milestone

EXPORT_ROWS_MAX = 100_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which withheld shares are asked for; empty: any."""

    paths: Sequence[str]
    """Jurisdictions of the institutions; an empty path is all."""
    institution_id: int | None = None
    state: RetentionState | None = None
    milestone: Milestone | None = None
    run_code: str = ""
    institution_code: str = ""
    is_due_soon: bool = False
    """Withheld, and back in the fund within the days that are warned of."""


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """A withheld share with whom and what it is of."""

    retention: Retention
    redemption_code: str
    enrollment_code: str
    worker_id: int
    run_code: str
    title: str
    institution_code: str
    institution_name: str

    @property
    def left(self) -> Money:
        """What is left of it after clawbacks."""
        return Money(self.retention.left_fen, self.retention.currency)

    @property
    def since(self) -> date:
        """The day on which its settlement was prepared."""
        return clock.local_date(self.retention.planned_at)

    @property
    def age_days(self) -> int:
        """Days since then; of what ended, until it ended."""
        return ((self.retention.ended_on or clock.today()) - self.since).days

    @property
    def is_due_soon(self) -> bool:
        """It goes back soon unless evidence comes."""
        held = self.retention.state is RetentionState.HELD
        return held and self.retention.due_by <= _warned_until()


@dataclass(frozen=True, slots=True)
class RetentionTotals:
    """Amounts over some shares, in fen."""

    held_fen: int
    due_soon_fen: int
    to_be_paid_fen: int
    """Released, and in no settlement yet."""


def list_retentions(page: PageRequest, wanted: Wanted) -> Page[RetentionRow]:
    """Withheld shares, what goes back first on top."""
    found = _rows(wanted)
    total = db.session.scalar(
        select(func.count()).select_from(found.with_only_columns(Retention.id).subquery())
    )
    rows = db.session.execute(
        found.order_by(Retention.due_by, Retention.id).offset(page.offset).limit(page.limit)
    )
    return Page([RetentionRow(*row) for row in rows], total or 0, page.number, page.limit)


def get_retention_row(code: str, *, paths: Sequence[str]) -> RetentionRow:
    """One withheld share of an institution in these subtrees; else it does not exist."""
    row = db.session.execute(_rows(Wanted(paths)).where(Retention.code == code)).one_or_none()
    if row is None:
        raise NotFound("retention", code)
    return RetentionRow(*row)


def each_retention(wanted: Wanted) -> Iterator[RetentionRow]:
    """The same for a file."""
    rows = db.session.execute(
        _rows(wanted).order_by(Retention.due_by, Retention.id).limit(EXPORT_ROWS_MAX)
    )
    for row in rows:
        yield RetentionRow(*row)


def get_retention_totals(wanted: Wanted) -> RetentionTotals:
    """What is withheld of some institutions now, whatever state is asked for."""
    left = Retention.amount_fen - Retention.clawed_back_fen
    held = Retention.state == RetentionState.HELD
    released = (Retention.state == RetentionState.RELEASED) & Retention.paid_settlement_id.is_(None)
    sums = (
        func.coalesce(func.sum(left).filter(condition), 0)
        for condition in (held, held & (Retention.due_by <= _warned_until()), released)
    )
    row = db.session.execute(
        select(*sums)
        .select_from(Retention)
        .join(Institution, Institution.id == Retention.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(*_of(wanted))
    ).one()
    return RetentionTotals(*(int(fen) for fen in row))


def count_due_soon(paths: Sequence[str]) -> int:
    """How many withheld shares of these subtrees go back soon."""
    wanted = _rows(Wanted(paths, is_due_soon=True)).with_only_columns(Retention.id)
    return db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def is_due_soon() -> ColumnElement[bool]:
    """Withheld, and back in the fund within the days that are warned of."""
    return (Retention.state == RetentionState.HELD) & (Retention.due_by <= _warned_until())


def _warned_until() -> date:
    return clock.today() + timedelta(days=WARNING_DAYS)


def _of(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [in_subtrees(wanted.paths)]
    if wanted.institution_id is not None:
        conditions.append(Retention.institution_id == wanted.institution_id)
    return conditions


def _rows(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    conditions = [*_of(wanted), Retention.state != RetentionState.DROPPED]
    if wanted.state is not None:
        conditions.append(Retention.state == wanted.state)
    if wanted.milestone is not None:
        conditions.append(Retention.milestone == wanted.milestone)
    if wanted.run_code:
        conditions.append(CourseRun.code == wanted.run_code)
    if wanted.institution_code:
        conditions.append(Institution.code == wanted.institution_code)
    if wanted.is_due_soon:
        conditions.append(is_due_soon())
    return (
        select(
            Retention,
            Redemption.code,
            Enrollment.code,
            Enrollment.worker_id,
            CourseRun.code,
            CourseVersion.title,
            Institution.code,
            Institution.name,
        )
        .join(Redemption, Redemption.id == Retention.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == Retention.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(*conditions)
    )
