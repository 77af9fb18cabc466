"""An institution's month, line by line."""

from __future__ import annotations

from datetime import datetime

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
