"""Last days of withheld shares that officers changed, or propose to change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention, RetentionDeadline
from marketplace.retentions.states import DeadlineState

SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """A last day proposed or signed, with its share and the two people."""

    deadline: RetentionDeadline
    retention: Retention
    title: str
    run_code: str
    institution_name: str
    prepared_by_login: str
    decided_by_login: str | None


def lock_retention(retention_id: int) -> Retention:
    """A withheld share, held until the unit of work ends."""
    found = db.session.scalar(
        select(Retention)
        .where(Retention.id == retention_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("retention")
    return found


def get_deadline(code: str, *, paths: Sequence[str]) -> DeadlineRow:
    """A proposed or signed last day for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(_rows(paths).where(RetentionDeadline.code == code)).one_or_none()
    if row is None:
        raise NotFound("retention_deadline", code)
    return DeadlineRow(*row)


def find_waiting_deadline(retention_id: int) -> RetentionDeadline | None:
    """The proposal of a share that waits for its second signature."""
    return db.session.scalar(
        select(RetentionDeadline).where(
            RetentionDeadline.retention_id == retention_id,
            RetentionDeadline.state == DeadlineState.PREPARED,
        )
    )


def get_first_due_by(retention: Retention) -> date:
    """The last day as the policy said it, before anybody changed it."""
    first = db.session.scalar(
        select(RetentionDeadline.former_due_by)
        .where(
            RetentionDeadline.retention_id == retention.id,
            RetentionDeadline.state == DeadlineState.APPROVED,
        )
        .order_by(RetentionDeadline.id)
        .limit(1)
    )
    return first or retention.due_by


def list_deadlines_of(retention_id: int) -> list[DeadlineRow]:
    """The story of a share's last day, newest first."""
    rows = db.session.execute(
        _rows(("",))
        .where(RetentionDeadline.retention_id == retention_id)
        .order_by(RetentionDeadline.id.desc())
        .limit(SHOWN_MAX)
    )
    return [DeadlineRow(*row) for row in rows]


def list_waiting_deadlines(paths: Sequence[str]) -> list[DeadlineRow]:
    """What waits for a second signature in these subtrees, oldest first (at most 200)."""
    rows = db.session.execute(
        _rows(paths)
        .where(RetentionDeadline.state == DeadlineState.PREPARED)
        .order_by(RetentionDeadline.id)
        .limit(SHOWN_MAX)
    )
    return [DeadlineRow(*row) for row in rows]


def count_waiting_deadlines(paths: Sequence[str]) -> int:
    """How many last days wait for a second signature."""
    wanted = _rows(paths).where(RetentionDeadline.state == DeadlineState.PREPARED)
    return db.session.scalar(wanted.with_only_columns(func.count())) or 0


def list_changes(retention_ids: Collection[int]) -> dict[int, RetentionDeadline]:
    """The newest signed change of each of some shares, for what the institution reads."""
    rows = db.session.scalars(
        select(RetentionDeadline)
        .where(
            RetentionDeadline.retention_id.in_(retention_ids),
            RetentionDeadline.state == DeadlineState.APPROVED,
        )
        .order_by(RetentionDeadline.id)
        .limit(10_000)
    )
    return {one.retention_id: one for one in rows}


def _rows(paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    maker, checker = aliased(User), aliased(User)
    return (
        select(
            RetentionDeadline,
            Retention,
            CourseVersion.title,
            CourseRun.code,
            Institution.name,
            maker.login,
            checker.login,
        )
        .select_from(RetentionDeadline)
        .join(Retention, Retention.id == RetentionDeadline.retention_id)
        .join(Redemption, Redemption.id == Retention.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == Retention.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(maker, maker.id == RetentionDeadline.prepared_by)
        .outerjoin(checker, checker.id == RetentionDeadline.decided_by)
        .where(in_subtrees(paths))
    )
