"""The job table: enqueued in the same transaction as its cause."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.jobs.states import JobState


class Job(Base):
    """One piece of long work. A lease with a fencing number lets a dead runner's job go on."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_claimable", "state", "run_after", "id"),
        CheckConstraint("progress_done >= 0", name="progress"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[JobState] = state_column(JobState)
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    attempts: Mapped[int] = mapped_column(default=0)
    attempts_max: Mapped[int] = mapped_column(default=5)
    run_after: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    """Raised by every lease; work under an older number may not be saved."""
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int | None]
    message: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
