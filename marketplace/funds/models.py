"""Money with a purpose. No amount is stored here: balances are the ledger's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint

from marketplace.foundation.db import Base, Id, Mapped, mapped_column


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
