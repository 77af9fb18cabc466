"""The audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint

from marketplace.foundation.db import Base, Id, Mapped, mapped_column


class AuditEvent(Base):
    """One thing that was done. The database refuses updates and deletes."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_subject", "subject_kind", "subject_code", "id"),
        Index("ix_audit_event_actor", "actor_id", "id"),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    """The user who acted; empty for the system itself."""
    event: Mapped[str]
    """`noun.verbed`, e.g. `voucher.redeemed`."""
    subject_kind: Mapped[str]
    subject_code: Mapped[str]
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str | None]


class KeptAnswer(Base):
    """The answer given to an Idempotency-Key, so that a retry gets it again."""

    __tablename__ = "kept_answer"
    __table_args__ = (UniqueConstraint("actor_id", "operation", "key"),)

    id: Mapped[Id]
    actor_id: Mapped[int]
    operation: Mapped[str]
    key: Mapped[str]
    fingerprint: Mapped[str]
    """SHA-256 of what was asked: the same key with another body is an error."""
    answer: Mapped[dict[str, Any]]
    status_code: Mapped[int]
    kept_at: Mapped[datetime]
