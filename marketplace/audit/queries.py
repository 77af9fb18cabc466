"""Reading the trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent, KeptAnswer
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest


def list_events_of(subject_kind: str, subject_code: str, page: PageRequest) -> Page[AuditEvent]:
    """What happened to one thing, newest first."""
    return list_events(page, subject_kind=subject_kind, subject_code=subject_code)


def list_events(
    page: PageRequest,
    *,
    subject_kind: str | None = None,
    subject_code: str | None = None,
    actor_id: int | None = None,
    event: str | None = None,
) -> Page[AuditEvent]:
    """The trail, newest first, filtered by what is given."""
    wanted = select(AuditEvent)
    if subject_kind:
        wanted = wanted.where(AuditEvent.subject_kind == subject_kind)
    if subject_code:
        wanted = wanted.where(AuditEvent.subject_code == subject_code)
    if actor_id is not None:
        wanted = wanted.where(AuditEvent.actor_id == actor_id)
    if event:
        wanted = wanted.where(AuditEvent.event == event)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(AuditEvent.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def count_events_of_actor(event: str, *, actor_id: int, since: datetime) -> int:
    """How often a login did one thing since an instant; limits ask this."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(AuditEvent)
            .where(
                AuditEvent.actor_id == actor_id,
                AuditEvent.event == event,
                AuditEvent.at >= since,
            )
        )
        or 0
    )


def find_kept_answer(key: str, *, actor_id: int, operation: str) -> KeptAnswer | None:
    """What this actor was answered to this key, if it was used before."""
    return db.session.scalar(
        select(KeptAnswer).where(
            KeptAnswer.actor_id == actor_id,
            KeptAnswer.operation == operation,
            KeptAnswer.key == key,
        )
    )
