"""Shares of redemptions withheld until a milestone."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.retentions.states import DeadlineState, RetentionState
from marketplace.vouchers.states import Milestone

_STANDS = text("state <> 'dropped'")
_HELD = text("state = 'held'")
_WAITS = text("state = 'prepared'")


class Retention(Base):
    """The share of one redemption that waits for one milestone (缓拨).

    What it is of, its amount and from when evidence counts never change; the database refuses it.
    """

    __tablename__ = "retention"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("clawed_back_fen BETWEEN 0 AND amount_fen", name="clawed_back"),
        CheckConstraint("milestone IN ('certificate', 'employment')", name="withheld"),
        CheckConstraint("percent BETWEEN 1 AND 99", name="percent"),
        CheckConstraint("(state IN ('planned', 'dropped')) = (entry_id IS NULL)", name="booked"),
        CheckConstraint(
            "(state IN ('released', 'returned')) = (end_entry_id IS NOT NULL)", name="ended"
        ),
        CheckConstraint("(state IN ('planned', 'held')) = (ended_on IS NULL)", name="ended_on"),
        CheckConstraint("(state = 'clawed_back') = (clawed_back_fen = amount_fen)", name="taken"),
        CheckConstraint("(state = 'released') = (proven_on IS NOT NULL)", name="proven"),
        CheckConstraint("paid_settlement_id IS NULL OR state = 'released'", name="paid"),
        Index(
            "uq_retention_share",
            "redemption_id",
            "milestone",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("ix_retention_institution", "institution_id", "id"),
        Index("ix_retention_due", "due_by", "id", sqlite_where=_HELD, postgresql_where=_HELD),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    """The settlement it was withheld from."""
    milestone: Mapped[Milestone] = state_column(Milestone, name="milestone")
    percent: Mapped[int]
    amount_fen: Mapped[int]
    currency: Mapped[str]
    rule: Mapped[str]
    """Clause and version that say so."""
    counts_from: Mapped[date]
    """Evidence of this day or later counts."""
    due_by: Mapped[date]
    """Evidence of this day or before counts; after it the money goes back. Changed only by a
    deadline that two officers signed (trigger)."""
    state: Mapped[RetentionState] = state_column(RetentionState)
    clawed_back_fen: Mapped[int] = mapped_column(default=0)
    """Taken by clawbacks of the redemption; what is left of the amount is withheld."""
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), index=True)
    """That withheld it, together with the other shares of its settlement."""
    proven_on: Mapped[date | None]
    evidence: Mapped[str | None]
    """What proved it: the number of the certificate, or the referral of the employment."""
    end_entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    """That released or returned it."""
    paid_settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"), index=True)
    """The settlement that pays what was released."""
    warned_at: Mapped[datetime | None]
    planned_at: Mapped[datetime]
    ended_on: Mapped[date | None]

    @property
    def left_fen(self) -> int:
        """What is left of it after clawbacks."""
        return self.amount_fen - self.clawed_back_fen


class RetentionDeadline(Base):
    """Another last day for the evidence of a withheld share, with its reason and two signatures.

    Undone by another one: the first day again, while the share is withheld.
    """

    __tablename__ = "retention_deadline"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        CheckConstraint("due_by <> former_due_by", name="changes"),
        Index("ix_retention_deadline_retention", "retention_id", "id"),
        Index(
            "uq_retention_deadline_waits",
            "retention_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    retention_id: Mapped[int] = mapped_column(ForeignKey("retention.id"))
    former_due_by: Mapped[date]
    due_by: Mapped[date]
    reason: Mapped[str]
    state: Mapped[DeadlineState] = state_column(DeadlineState)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
