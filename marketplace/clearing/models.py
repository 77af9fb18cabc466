"""A month's clearing between regions, and every line it clears."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.clearing.states import ClearingState
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_LIVE = text("released_at IS NULL")
_STANDS = text("state <> 'rejected'")


class ClearingRun(Base):
    """What regions owe each other up to the end of a month; approved by two officers."""

    __tablename__ = "clearing_run"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> signed_by", name="two_people"),
        CheckConstraint(
            "state NOT IN ('signed', 'approved') OR signed_by IS NOT NULL", name="signed"
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_by IS NOT NULL", name="decided"
        ),
        CheckConstraint("state <> 'rejected' OR decision_reason IS NOT NULL", name="explained"),
        Index(
            "uq_clearing_run_period",
            "period_code",
            "currency",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    period_code: Mapped[str]
    currency: Mapped[str]
    state: Mapped[ClearingState] = state_column(ClearingState)
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: prepared by the command of the month."""
    prepared_at: Mapped[datetime]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signed_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    """Empty when all regions are even."""


class ClearingItem(Base):
    """One settled line (of several funds, the part of one), or one allotment's share of a clawback
    or of a withheld share that went back, in the run that clears it."""

    __tablename__ = "clearing_item"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN settlement_line_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN clawback_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN retention_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_cause",
        ),
        CheckConstraint(
            "(settlement_line_id IS NULL) = (amount_fen < 0) AND amount_fen <> 0", name="amount"
        ),
        CheckConstraint("home_id <> place_id", name="two_regions"),
        Index(
            "uq_clearing_item_settlement_line",
            "settlement_line_id",
            "allotment_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "uq_clearing_item_clawback",
            "clawback_id",
            "allotment_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "uq_clearing_item_retention",
            "retention_id",
            "allotment_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("clearing_run.id"), index=True)
    settlement_line_id: Mapped[int | None] = mapped_column(ForeignKey("settlement_line.id"))
    clawback_id: Mapped[int | None] = mapped_column(ForeignKey("clawback.id"))
    retention_id: Mapped[int | None] = mapped_column(ForeignKey("retention.id"))
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"))
    home_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    """The region whose money it is."""
    place_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    """The region whose office paid."""
    amount_fen: Mapped[int]
    released_at: Mapped[datetime | None]
    """Set when the run was sent back: the line may be cleared by another one."""
