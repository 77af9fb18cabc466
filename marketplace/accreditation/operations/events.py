"""The history of an application, and the trail behind it."""

from __future__ import annotations

from typing import Any

from marketplace.accreditation.models import AccreditationApplication, ApplicationEvent
from marketplace.accreditation.states import EventKind
from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.text import cut_personal_numbers


def note_event(
    application: AccreditationApplication,
    kind: EventKind,
    *,
    actor_id: int | None,
    reason: str | None = None,
    clause: str | None = None,
    details: dict[str, Any] | None = None,
) -> ApplicationEvent:
    """Add to the history that both sides read; nothing in it is ever changed."""
    event = ApplicationEvent(
        application_id=application.id,
        kind=kind,
        at=clock.now(),
        actor_id=actor_id,
        reason=cut_personal_numbers(reason) if reason else None,
        clause=clause or None,
        details=details or {},
    )
    db.session.add(event)
    db.session.flush()
    return event


def record_application(
    event: str,
    application: AccreditationApplication,
    *,
    actor_id: int | None,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """The audit row of an act on an application."""
    record_event(
        event,
        subject_kind="application",
        subject_code=application.code,
        actor_id=actor_id,
        reason=reason,
        details=details,
    )
