"""An institution's month, line by line."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.settlement.states import SettlementState


class Settlement(Base):
    """The net owed to one institution for one period: made by one officer, approved by another."""

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        Index("ix_settlement_institution", "institution_id", "period_code"),
        Index("ix_settlement_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    period_code: Mapped[str]
    """The month whose redemptions it gathers, `2026-11`."""
    state: Mapped[SettlementState] = state_column(SettlementState)
    amount_fen: Mapped[int]
    """The sum of its lines; of an advance, what is paid in advance."""
    netted_fen: Mapped[int] = mapped_column(default=0)
    """Kept back for advances and clawbacks; the rest is paid."""
    currency: Mapped[str]
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]


class SettlementLine(Base):
    """One redemption in a settlement; in at most one that was not rejected."""

    __tablename__ = "settlement_line"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(
            "uq_settlement_line_redemption",
            "redemption_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"))
    amount_fen: Mapped[int]
    released_at: Mapped[datetime | None]


class Advance(Base):
    """Money paid for a course run before its outcome (预拨), recovered by netting.

    Its settlement carries the two signatures; `released_at` is set when that was sent back.
    """

    __tablename__ = "advance"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("percent BETWEEN 1 AND 50", name="percent"),
        CheckConstraint("amount_fen * 100 <= expected_fen * percent", name="share"),
        Index(
            "uq_advance_course_run",
            "course_run_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_advance_institution", "institution_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), unique=True)
    amount_fen: Mapped[int]
    expected_fen: Mapped[int]
    """What the class was expected to earn on that day: its vouchers held and redeemed."""
    percent: Mapped[int]
    """The largest share that policy and grade allowed on that day."""
    rule: Mapped[str]
    clear_by: Mapped[date]
    """When it should be recovered; later it is overdue."""
    paid_at: Mapped[datetime | None]
    """Empty until the payout leaves, and again when it comes back."""
    released_at: Mapped[datetime | None]


class Clawback(Base):
    """Money taken back (追回): owed by the institution, netted in instalments from what it earns.

    Made by one officer, approved by another; given back pro rata to the allotments that paid.
    """

    __tablename__ = "clawback"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("instalments BETWEEN 1 AND 36", name="instalments"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        Index("ix_clawback_institution", "institution_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    """What was paid wrongly."""
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    amount_fen: Mapped[int]
    currency: Mapped[str]
    instalments: Mapped[int]
    reason: Mapped[str]
    state: Mapped[SettlementState] = state_column(SettlementState)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)


class Netting(Base):
    """What a settlement keeps back for one advance or one clawback; booked at its approval."""

    __tablename__ = "netting"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(advance_id IS NULL) <> (clawback_id IS NULL)", name="one_cause"),
    )

    id: Mapped[Id]
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    advance_id: Mapped[int | None] = mapped_column(ForeignKey("advance.id"), index=True)
    clawback_id: Mapped[int | None] = mapped_column(ForeignKey("clawback.id"), index=True)
    amount_fen: Mapped[int]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    released_at: Mapped[datetime | None]
