"""The smallest books: one fund, one allotment, an institution to owe. Use in write_transaction."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select, text

from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry
from marketplace.ledger.models import Account, JournalEntry, Posting
from marketplace.ledger.operations import post_entry

DAY = date(2026, 11, 20)
APPROPRIATED = AccountName("fund:appropriated", "FD-1")
UNALLOTTED = AccountName("fund:unallotted", "FD-1")
AVAILABLE = AccountName("allotment:available", "AL-1")
COMMITTED = AccountName("allotment:committed", "AL-1")
PAYABLE = AccountName("payable:institution", "IN-1")
CLEARING = AccountName("clearing:rail", "bank_file")
PAID = AccountName("bank:paid", "bank_file")
OWED_TO_PERSON = AccountName("payable:worker", "WK-1")
OWED_BY_PERSON = AccountName("receivable:worker", "WK-1")
TREASURY = AccountName("treasury:repaid", "AL-1")


def yuan(fen: int) -> Money:
    return Money(fen, "CNY")


def move(kind: str, key: str, source: AccountName, target: AccountName, fen: int) -> EntryDraft:
    """Money from one credit account to another, as most entries of the product."""
    return draft_entry(
        kind,
        key,
        effective_on=DAY,
        memo=kind,
        currency="CNY",
        lines=[debit(source, yuan(fen)), credit(target, yuan(fen))],
    )


def appropriate(fen: int, key: str = "law-1") -> int:
    return post_entry(move("fund.appropriated", key, APPROPRIATED, UNALLOTTED, fen), actor_id=None)


def allot(fen: int, key: str = "order-1", to: AccountName = AVAILABLE) -> int:
    return post_entry(move("fund.allotted", key, UNALLOTTED, to, fen), actor_id=None)


def commit_value(fen: int, key: str = "VC-1") -> int:
    return post_entry(move("voucher.issued", key, AVAILABLE, COMMITTED, fen), actor_id=None)


def funded(fen: int = 100_00) -> None:
    """An allotment with money in it."""
    appropriate(fen)
    allot(fen)


def counts() -> tuple[int, int]:
    """Entries and postings in the books."""
    return (
        db.session.scalar(select(func.count()).select_from(JournalEntry)) or 0,
        db.session.scalar(select(func.count()).select_from(Posting)) or 0,
    )


def account_id(name: AccountName) -> int:
    return db.session.scalars(select(Account.id).where(Account.code == name.code)).one()


def lines_of(entry_id: int) -> set[tuple[str, int, int]]:
    """Account, debit, credit of every posting of an entry."""
    rows = db.session.execute(
        select(Account.code, Posting.debit_fen, Posting.credit_fen)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id == entry_id)
    )
    return {(code, debit_fen, credit_fen) for code, debit_fen, credit_fen in rows}


def draw_number() -> int:
    """The number of an entry written by hand."""
    if dialect_name() == "postgresql":
        return int(db.session.scalar(text("SELECT nextval('journal_entry_number')")))
    return int(db.session.scalar(text("SELECT coalesce(max(entry_id), 0) + 1 FROM posting")))


def raw_posting(entry_id: int, account: AccountName, debit_fen: object, credit_fen: object) -> None:
    db.session.execute(
        text(
            "INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)"
            " VALUES (:entry, :account, :debit, :credit)"
        ),
        {
            "entry": entry_id,
            "account": account_id(account),
            "debit": debit_fen,
            "credit": credit_fen,
        },
    )


def raw_header(
    entry_id: int,
    *,
    kind: str = "by.hand",
    key: str = "1",
    currency: str = "CNY",
    on: str = "2026-11-20",
    reverses_id: int | None = None,
) -> None:
    db.session.execute(
        text(
            "INSERT INTO journal_entry"
            " (id, kind, key, currency, effective_on, posted_at, reverses_id)"
            " VALUES (:id, :kind, :key, :currency, :on, :at, :reverses)"
        ),
        {
            "id": entry_id,
            "kind": kind,
            "key": key,
            "currency": currency,
            "on": on,
            "at": f"{on} 02:00:00.000000",
            "reverses": reverses_id,
        },
    )
