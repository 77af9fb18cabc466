"""Reading the trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, bindparam, func, select

from marketplace.audit.models import AuditEvent, KeptAnswer
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest

EXPORT_MAX = 200_000
EXPORT_PART = 2_000


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
    since: datetime | None = None,
    before: datetime | None = None,
) -> Page[AuditEvent]:
    """The trail, newest first, filtered by what is given; `before` itself is outside."""
    wanted = _filtered(subject_kind, subject_code, actor_id, event, since, before)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(AuditEvent.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def each_event(
    *,
    subject_kind: str | None = None,
    subject_code: str | None = None,
    actor_id: int | None = None,
    event: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Iterator[AuditEvent]:
    """The same, at most EXPORT_MAX of them, for a download: read in parts, never held whole."""
    wanted = _filtered(subject_kind, subject_code, actor_id, event, since, before)
    last_id: int | None = None
    for _part in range(EXPORT_MAX // EXPORT_PART):
        part = wanted if last_id is None else wanted.where(AuditEvent.id < last_id)
        rows = db.session.scalars(part.order_by(AuditEvent.id.desc()).limit(EXPORT_PART)).all()
        yield from rows
        if len(rows) < EXPORT_PART:
            return
        last_id = rows[-1].id
        db.session.expunge_all()


def _filtered(
    subject_kind: str | None,
    subject_code: str | None,
    actor_id: int | None,
    event: str | None,
    since: datetime | None,
    before: datetime | None,
) -> Select[AuditEvent]:
    wanted = select(AuditEvent)
    for column, value in (
        (AuditEvent.subject_kind, subject_kind or None),
        (AuditEvent.subject_code, subject_code or None),
        (AuditEvent.actor_id, actor_id),
        (AuditEvent.event, event or None),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    if since is not None:
        wanted = wanted.where(AuditEvent.at >= since)
    if before is not None:
        wanted = wanted.where(AuditEvent.at < before)
    return wanted


EVENTS_OF_ACTOR = (
    select(func.count())
    .select_from(AuditEvent)
    .where(
        AuditEvent.actor_id == bindparam("actor_id"),
        AuditEvent.event == bindparam("event"),
        AuditEvent.at >= bindparam("since"),
    )
)
"""To be asked beside something else by who is asked often."""


def count_events_of_actor(event: str, *, actor_id: int, since: datetime) -> int:
    """How often a login did one thing since an instant; limits ask this."""
    asked = {"event": event, "actor_id": actor_id, "since": since}
    return db.session.scalar(EVENTS_OF_ACTOR, asked) or 0


def find_kept_answer(key: str, *, actor_id: int, operation: str) -> KeptAnswer | None:
    """What this actor was answered to this key, if it was used before."""
    return db.session.scalar(
        select(KeptAnswer).where(
            KeptAnswer.actor_id == actor_id,
            KeptAnswer.operation == operation,
            KeptAnswer.key == key,
        )
    )
