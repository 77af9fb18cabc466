"""What imports held back and nobody has decided yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from marketplace.audit.models import AuditEvent
from marketplace.catalog.models import Course, CourseVersion
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.imports.models import ImportProblem
from marketplace.imports.queries import list_problems_of_key
from marketplace.imports.states import ProblemSeverity
from marketplace.institutions.models import Institution


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One thing held back: which, why, and since when."""

    kind: str
    code: str
    title: str
    institution_name: str
    source: str
    source_key: str
    reasons: tuple[str, ...]
    fee_fen: int | None
    currency: str | None


def list_held_courses(page: PageRequest) -> Page[HeldItem]:
    """Courses that wait for a decision, oldest first."""
    wanted = (
        select(Course, CourseVersion, Institution.name)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .where(Course.quarantine_reason.isnot(None), ~_is_kept_out("course", Course))
    )
    rows = _rows(wanted, Course.id, page)
    items = [
        HeldItem("course", course.code, version.title, name, course.source, course.source_key,
                 _reasons(course.quarantine_reason), version.fee_fen, version.currency)
        for course, version, name in rows
    ]  # fmt: skip
    return Page(items, _count(wanted), page.number, page.limit)


def list_held_institutions(page: PageRequest) -> Page[HeldItem]:
    """Institutions that wait for a decision, oldest first."""
    wanted = select(Institution).where(
        Institution.quarantine_reason.isnot(None), ~_is_kept_out("institution", Institution)
    )
    rows = _rows(wanted, Institution.id, page)
    items = [
        HeldItem("institution", row.code, row.name, row.name, row.source, row.source_key,
                 _reasons(row.quarantine_reason), None, None)
        for (row,) in rows
    ]  # fmt: skip
    return Page(items, _count(wanted), page.number, page.limit)


def list_doubts(kind: str, source_key: str) -> Sequence[ImportProblem]:
    """What the file said, as its import reported it: the values before, newest first."""
    run_kind = "catalog" if kind == "course" else "institutions"
    return list_problems_of_key(run_kind, source_key, severity=ProblemSeverity.QUARANTINED)


def _is_kept_out(kind: str, table: Any) -> ColumnElement[bool]:
    """Decided since its last change: kept out."""
    return (
        select(AuditEvent.id)
        .where(
            AuditEvent.subject_kind == kind,
            AuditEvent.subject_code == table.code,
            AuditEvent.event == f"{kind}.kept_out",
            AuditEvent.at >= table.changed_at,
        )
        .exists()
    )


def _rows(wanted: Select[*tuple[Any, ...]], key: Any, page: PageRequest) -> Sequence[Any]:
    return db.session.execute(wanted.order_by(key).offset(page.offset).limit(page.limit)).all()


def _count(wanted: Select[*tuple[Any, ...]]) -> int:
    return db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0


def _reasons(stored: str | None) -> tuple[str, ...]:
    return tuple((stored or "").split(", "))
