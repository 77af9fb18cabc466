"""Money with a purpose. No amount is stored here: balances are the ledger's."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.funds.states import LotReturnState


class Fund(Base):
    """A ring-fenced pot of public money (专项资金)."""

    __tablename__ = "fund"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    purpose: Mapped[str]
    currency: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class Allotment(Base):
    """A fund's share given to one jurisdiction for one fiscal year (指标)."""

    __tablename__ = "allotment"
    __table_args__ = (UniqueConstraint("fund_id", "jurisdiction_id", "fiscal_year"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    fiscal_year: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("allotment.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class FundLot(Base):
    """Money that an entry brought to a fund or an allotment, to be used until a day (批次).

    Only ever added; what is left of it is told from the entries (`funds/lots`).
    """

    __tablename__ = "fund_lot"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_fund_lot_owner", "fund_id", "allotment_id"),
        Index("ix_fund_lot_expires_on", "expires_on", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    allotment_id: Mapped[int | None] = mapped_column(ForeignKey("allotment.id"))
    """Empty: the fund's own, not allotted yet."""
    amount_fen: Mapped[int]
    expires_on: Mapped[date]
    """The last day on which it may be promised."""
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class LotReturn(Base):
    """The frozen rest of a lot sent back up: prepared by one officer, approved by another."""

    __tablename__ = "lot_return"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        CheckConstraint("(state = 'approved') = (entry_id IS NOT NULL)", name="booked"),
        Index(
            "uq_lot_return_waiting",
            "lot_id",
            unique=True,
            sqlite_where=text("state = 'prepared'"),
            postgresql_where=text("state = 'prepared'"),
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("fund_lot.id"))
    amount_fen: Mapped[int]
    state: Mapped[LotReturnState] = state_column(LotReturnState)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)


class BankAccount(Base):
    """An account of ours out of which money is paid, under our name for it; its number is a
    setting of the deployment and stands in no table."""

    __tablename__ = "bank_account"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    """The place whose office keeps it; empty: one for the whole deployment."""
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
