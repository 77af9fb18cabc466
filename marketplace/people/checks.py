"""Every look at personal data has a reader and a purpose (invariant 28)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.people.models import Worker
from marketplace.people.queries.users import REVEALING_EVENTS


def views_name_reader_and_purpose() -> Iterator[Violation]:
    """28: whenever an ID number or a document was opened, the trail says who looked, at whom
    and for what. That no view goes without its row is the operations' part: they write it in
    the unit of work that opens the field."""
    rows = db.session.execute(
        select(AuditEvent.id, AuditEvent.event)
        .outerjoin(
            Worker,
            (AuditEvent.subject_kind == "worker") & (Worker.code == AuditEvent.subject_code),
        )
        .where(
            AuditEvent.event.in_(REVEALING_EVENTS),
            or_(
                AuditEvent.actor_id.is_(None),
                func.coalesce(AuditEvent.reason, "") == "",
                Worker.id.is_(None),
            ),
        )
        .order_by(AuditEvent.id)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for event_id, event in rows:
        yield Violation(
            "28 view recorded", f"audit row {event_id}", f"{event} lacks reader, person or purpose"
        )


CHECKS: tuple[Check, ...] = (views_name_reader_and_purpose,)
