"""Recording what was done."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from sqlalchemy import insert

from marketplace.audit.models import AuditEvent, KeptAnswer
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.text import cut_personal_numbers

current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)
"""Set by the edge (web, api, cli), so that one request's rows can be found together."""


def record_event(
    event: str,
    *,
    subject_kind: str,
    subject_code: str,
    actor_id: int | None,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one audit row in the present transaction; it is saved with its cause or not at all.

    `details` never holds a name, phone, ID number or bank account; such numbers are cut from
    `reason`, which people write freely and nobody can take out of the trail again.
    """
    db.session.execute(
        insert(AuditEvent).values(
            at=clock.now(),
            actor_id=actor_id,
            event=event,
            subject_kind=subject_kind,
            subject_code=subject_code,
            reason=cut_personal_numbers(reason) if reason else reason,
            details=details or {},
            request_id=current_request_id.get(),
        )
    )


def keep_answer(
    key: str,
    *,
    actor_id: int,
    operation: str,
    fingerprint: str,
    answer: dict[str, Any],
    status_code: int,
) -> None:
    """Keep what was answered to a key, in the transaction of the act itself."""
    db.session.execute(
        insert(KeptAnswer).values(
            actor_id=actor_id,
            operation=operation,
            key=key,
            fingerprint=fingerprint,
            answer=answer,
            status_code=status_code,
            kept_at=clock.now(),
        )
    )
