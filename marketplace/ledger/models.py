"""The journal. The database itself refuses what must never happen (see migration 0002).

An entry's postings are written first, its header last: the header's trigger proves that they
balance, and a posting without a header cannot be committed (deferred foreign key). So an
unbalanced entry can exist on neither engine.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint

from marketplace.foundation.db import Base, BigInt, Id, Mapped, mapped_column, state_column
from marketplace.ledger.states import PeriodState, Side


class Account(Base):
    """A ledger account, e.g. `allotment:available:AL-...`, `payable:institution:IN-...`."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("NOT guarded OR balance_fen >= 0", name="balance_not_negative"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(index=True)
    """The code without its last part, e.g. `allotment:available`."""
    side: Mapped[Side] = state_column(Side, name="side")
    """The side that makes the balance grow."""
    currency: Mapped[str]
    guarded: Mapped[bool]
    """Guarded: the balance is kept here by a trigger and may never fall below zero."""
    balance_fen: Mapped[int] = mapped_column(default=0)
    """Of promised money only a part: the rest lies in its slots."""
    opened_at: Mapped[datetime]


class BalanceSlot(Base):
    """A part of the balance of an account that many take from at once (PostgreSQL, migration 0044).

    What such an account holds is its own row and its slots together; see `kept_balance`.
    """

    __tablename__ = "balance_slot"
    __table_args__ = (
        CheckConstraint("number BETWEEN 0 AND 15", name="number"),
        CheckConstraint("balance_fen >= 0", name="not_negative"),
    )

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    balance_fen: Mapped[int]


class JournalEntry(Base):
    """One balanced set of postings. Never updated, never deleted; reversed by another entry."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_journal_entry_effective_on", "effective_on", "id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    key: Mapped[str]
    """The natural key of the business event: unique with the kind, so nothing posts twice."""
    currency: Mapped[str]
    effective_on: Mapped[date]
    posted_at: Mapped[datetime]
    actor_id: Mapped[int | None]
    memo: Mapped[str | None]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)


class Posting(Base):
    """One line of an entry: exactly one side is positive."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint(
            "(debit_fen > 0 AND credit_fen = 0) OR (credit_fen > 0 AND debit_fen = 0)",
            name="one_side",
        ),
        CheckConstraint(
            "debit_fen <= 10000000000000 AND credit_fen <= 10000000000000", name="bounded"
        ),
        UniqueConstraint("entry_id", "account_id"),
        Index("ix_posting_account", "account_id", "id"),
    )

    id: Mapped[Id]
    entry_id: Mapped[int] = mapped_column(
        ForeignKey("journal_entry.id", deferrable=True, initially="DEFERRED")
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    debit_fen: Mapped[int]
    credit_fen: Mapped[int]


class Period(Base):
    """An accounting month. Nothing is posted into a closed one."""

    __tablename__ = "period"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="dates"),
        CheckConstraint("closed_by IS NULL OR closed_by <> closing_by", name="two_people"),
        CheckConstraint("state <> 'closed' OR closed_by IS NOT NULL", name="signed"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    """`2026-11`."""
    first_on: Mapped[date] = mapped_column(unique=True)
    last_on: Mapped[date]
    state: Mapped[PeriodState] = state_column(PeriodState)
    closing_by: Mapped[int | None]
    closed_by: Mapped[int | None]
    closed_at: Mapped[datetime | None]


class SealBlock(Base):
    """A sealed stretch of the journal: its Merkle root, chained to the block before."""

    __tablename__ = "seal_block"
    __table_args__ = (
        CheckConstraint("height >= 1", name="height"),
        CheckConstraint("entries >= 1", name="entries"),
    )

    height: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    previous_head: Mapped[str] = mapped_column(unique=True)
    """Unique: the chain cannot fork."""
    root: Mapped[str]
    entries: Mapped[int]
    sealed_at: Mapped[datetime]
    head: Mapped[str] = mapped_column(unique=True)


class SealLeaf(Base):
    """Where an entry is sealed. An entry that is not here is not sealed yet."""

    __tablename__ = "seal_leaf"
    __table_args__ = (UniqueConstraint("height", "position"),)

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("journal_entry.id"), primary_key=True, autoincrement=False
    )
    height: Mapped[int] = mapped_column(ForeignKey("seal_block.height"))
    position: Mapped[int]
    """0 is the first leaf of the block."""
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
