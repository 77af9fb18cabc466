"""Reading the books."""

from __future__ import annotations

from sqlalchemy import func, select, text

from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.errors import NotFound
from marketplace.ledger.entries import AccountName, EntryDraft, Line
from marketplace.ledger.models import Account, JournalEntry, Period, Posting
from marketplace.ledger.states import Side


def find_entry(kind: str, key: str) -> JournalEntry | None:
    """The entry of a business event, if it was booked."""
    return db.session.scalar(
        select(JournalEntry).where(JournalEntry.kind == kind, JournalEntry.key == key)
    )


def get_entry(entry_id: int) -> JournalEntry:
    """An entry by its number."""
    entry = db.session.get(JournalEntry, entry_id)
    if entry is None:
        raise NotFound("journal entry", entry_id)
    return entry


def get_draft_of(entry_id: int) -> EntryDraft:
    """A posted entry in the form it was drafted in."""
    entry = get_entry(entry_id)
    rows = db.session.execute(
        select(Account.kind, Account.code, Posting.debit_fen, Posting.credit_fen)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id == entry_id)
        .order_by(Posting.id)
        .limit(1000)
    )
    lines = tuple(
        Line(
            AccountName(kind, code.removeprefix(f"{kind}:")),
            Side.DEBIT if debit_fen else Side.CREDIT,
            debit_fen or credit_fen,
        )
        for kind, code, debit_fen, credit_fen in rows
    )
    return EntryDraft(
        entry.kind, entry.key, entry.currency, entry.effective_on, entry.memo or "", lines
    )


def get_balance_fen(account: AccountName) -> int:
    """What an account holds, on its own side; 0 for one never used."""
    row = db.session.execute(
        select(Account.id, Account.side, Account.guarded, Account.balance_fen).where(
            Account.code == account.code
        )
    ).one_or_none()
    if row is None:
        return 0
    if row.guarded:
        return int(row.balance_fen)
    return sum_postings_fen(row.id, row.side)


def sum_postings_fen(account_id: int, side: Side) -> int:
    """The balance by adding up every posting: the slow second path, which must agree."""
    debits, credits_ = db.session.execute(
        select(
            func.coalesce(func.sum(Posting.debit_fen), 0),
            func.coalesce(func.sum(Posting.credit_fen), 0),
        ).where(Posting.account_id == account_id)
    ).one()
    difference = int(debits) - int(credits_)
    return difference if side is Side.DEBIT else -difference


def get_next_entry_id() -> int:
    """The number of the entry being written; its postings need it before the header exists."""
    if dialect_name() == "postgresql":
        return int(db.session.scalar(text("SELECT nextval('journal_entry_number')")))
    # Safe on SQLite: the write lock is ours alone and postings are never deleted.
    return int(db.session.scalar(select(func.coalesce(func.max(Posting.entry_id), 0))) or 0) + 1


def lock_period(code: str) -> Period:
    """An accounting month, held until the end of the unit of work."""
    period = db.session.scalar(
        select(Period)
        .where(Period.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if period is None:
        raise NotFound("period", code)
    return period
