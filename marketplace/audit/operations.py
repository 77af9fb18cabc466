"""Recording what was done."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, bindparam, insert

from marketplace.audit.models import AuditEvent, KeptAnswer
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db, dialect_name, table_of
from marketplace.foundation.text import cut_personal_numbers

_EVENT = table_of(AuditEvent)
_INSERT_EVENT = insert(_EVENT)
_EVENT_TOO = _INSERT_EVENT.values(
    {column.name: bindparam(f"event_{column.name}") for column in _EVENT.c if column.name != "id"}
).cte("told")
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
    row = _event_row(event, subject_kind, subject_code, actor_id, details)
    db.session.execute(
        _INSERT_EVENT, row | {"reason": cut_personal_numbers(reason) if reason else reason}
    )


def insert_with_event(
    row: Insert,
    values: Mapping[str, Any],
    event: str,
    *,
    subject_kind: str,
    subject_code: str,
    actor_id: int | None,
    details: dict[str, Any],
) -> int:
    """Write a row and what the trail says of it; the row's number, which `row` returns.

    On PostgreSQL one round trip: for rows that are made by the hundred while people wait.
    """
    told = _event_row(event, subject_kind, subject_code, actor_id, details)
    if dialect_name() != "postgresql":
        number = db.session.execute(row, values).scalar_one()
        db.session.execute(_INSERT_EVENT, told)
        return int(number)
    return int(
        db.session.execute(
            _with_event(row, tuple(values)),
            {f"row_{name}": value for name, value in values.items()}
            | {f"event_{name}": value for name, value in told.items()},
        ).scalar_one()
    )


@lru_cache(maxsize=50)
def _with_event(row: Insert, names: tuple[str, ...]) -> Insert:
    return row.values({name: bindparam(f"row_{name}") for name in names}).add_cte(_EVENT_TOO)


def record_events(
    event: str, *, subject_kind: str, details: Mapping[str, dict[str, Any]], actor_id: int | None
) -> None:
    """The same for many subjects at once: `details` by the code of the subject."""
    insert_rows(
        AuditEvent,
        [
            _event_row(event, subject_kind, subject_code, actor_id, told)
            for subject_code, told in details.items()
        ],
    )


def _event_row(
    event: str,
    subject_kind: str,
    subject_code: str,
    actor_id: int | None,
    details: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "actor_id": actor_id,
        "event": event,
        "subject_kind": subject_kind,
        "subject_code": subject_code,
        "reason": None,
        "details": details or {},
        "request_id": current_request_id.get(),
    }


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
