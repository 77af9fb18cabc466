"""What was decided about a quota, and who was named under it; both are only added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.quotas.states import QuotaStepKind, QuotaStepState

_OPEN = text("state = 'proposed'")


class QuotaStep(Base):
    """One decision about a quota. What promises money needs two officers; what gives unused places
    back needs one, with a reason."""

    __tablename__ = "quota_step"
    __table_args__ = (
        UniqueConstraint("quota_id", "number"),
        CheckConstraint("places > 0 OR kind IN ('withdraw', 'end')", name="places"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "kind NOT IN ('grant', 'raise') OR state <> 'signed'"
            " OR (proposed_by IS NOT NULL AND decided_by IS NOT NULL"
            " AND decided_by <> proposed_by)",
            name="two_people",
        ),
        Index(
            "uq_quota_step_open",
            "quota_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[Id]
    quota_id: Mapped[int] = mapped_column(ForeignKey("enterprise_quota.id"))
    number: Mapped[int]
    kind: Mapped[QuotaStepKind] = state_column(QuotaStepKind, name="kind")
    state: Mapped[QuotaStepState] = state_column(QuotaStepState)
    places: Mapped[int]
    """How many are added, or taken back; of a withdrawal or an end: those that were unused."""
    reason: Mapped[str]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the runner ended it by its date."""
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    """Why the second officer did not sign."""
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    """What it set aside or released; empty for entitlements."""


class QuotaNaming(Base):
    """Somebody the employer named: with a voucher, or with every reason against it."""

    __tablename__ = "quota_naming"
    __table_args__ = (
        Index("ix_quota_naming_quota", "quota_id", "id"),
        Index("ix_quota_naming_voucher", "voucher_id"),
    )

    id: Mapped[Id]
    quota_id: Mapped[int] = mapped_column(ForeignKey("enterprise_quota.id"))
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"))
    """Empty: nobody is registered so."""
    shown_as: Mapped[str]
    """Masked name and number as they were typed."""
    document_number: Mapped[str]
    """The employer's list."""
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"))
    refusals: Mapped[list[Any]]
    """`foundation.stored_refusals`, one by one."""
    named_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    named_at: Mapped[datetime]
