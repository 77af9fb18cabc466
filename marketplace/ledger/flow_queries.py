"""What moved through accounts, added up: by day and kind, by account of some entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, Subquery, case, func, or_, select

from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import Account, JournalEntry, Posting

CODES_AT_ONCE = 500
"""SQLite binds a limited number of values per statement."""


def get_taken_fen(kind: str, *, entry_kind: str) -> dict[str, int]:
    """Key -> what accounts of a kind were debited by entries of a kind, for checks."""
    rows = db.session.execute(
        select(Account.code, func.sum(Posting.debit_fen))
        .join(Posting, Posting.account_id == Account.id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Account.kind == kind, JournalEntry.kind == entry_kind)
        .group_by(Account.code)
    )
    return {code.removeprefix(f"{kind}:"): int(taken) for code, taken in rows}


def credits_of_entries(kind: str, *, entry_kind: str) -> Subquery:
    """What entries of a kind credited on accounts of a kind, for checks to join: `entry_id`,
    `holder` (the account's key) and `fen`."""
    return (
        select(
            Posting.entry_id.label("entry_id"),
            func.substr(Account.code, len(kind) + 2).label("holder"),
            Posting.credit_fen.label("fen"),
        )
        .join(Account, Account.id == Posting.account_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Account.kind == kind, JournalEntry.kind == entry_kind, Posting.credit_fen > 0)
        .subquery()
    )


def total_credits_of_entries(kind: str, *, entry_kind: str) -> Subquery:
    """The same for entries that credit several accounts of a kind, added up: `entry_id`, `fen`."""
    each = credits_of_entries(kind, entry_kind=entry_kind)
    return (
        select(each.c.entry_id, func.sum(each.c.fen).label("fen")).group_by(each.c.entry_id)
    ).subquery()


def reversed_entries() -> Subquery:
    """Every entry that was reversed, as `entry_id`, for checks to join."""
    return (
        select(JournalEntry.reverses_id.label("entry_id"))
        .where(JournalEntry.reverses_id.is_not(None))
        .distinct()
        .subquery()
    )


def get_credits_by_account(kind: str, entry_ids: Select[int]) -> dict[tuple[int, str], int]:
    """Entry and key -> what the entry credited on an account of a kind, for checks."""
    rows = db.session.execute(
        select(Posting.entry_id, Account.code, Posting.credit_fen)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id.in_(entry_ids), Account.kind == kind, Posting.credit_fen > 0)
    )
    return {(entry_id, code.removeprefix(f"{kind}:")): int(fen) for entry_id, code, fen in rows}


def list_spent_fen(entry_ids: Select[int], *, promised: str, returned: str) -> dict[str, int]:
    """By key, what some entries took from accounts of a kind less what they gave to accounts of
    another: what each allotment really spent of what it had promised."""
    net = func.sum(Posting.debit_fen - Posting.credit_fen)
    rows = db.session.execute(
        select(Account.kind, Account.code, net)
        .join(Posting, Posting.account_id == Account.id)
        .where(Posting.entry_id.in_(entry_ids), Account.kind.in_((promised, returned)))
        .group_by(Account.kind, Account.code)
        .order_by(Account.code)
        .limit(40_000)
    )
    found: dict[str, int] = {}
    for kind, code, fen in rows:
        key = code.removeprefix(f"{kind}:")
        found[key] = found.get(key, 0) + int(fen)
    return {key: fen for key, fen in sorted(found.items()) if fen}


def get_spent_by_entry(
    entry_ids: Collection[int], *, promised: str, returned: str
) -> dict[int, dict[str, int]]:
    """The same entry by entry, for some hundred of them."""
    net = func.sum(Posting.debit_fen - Posting.credit_fen)
    rows = db.session.execute(
        select(Posting.entry_id, Account.kind, Account.code, net)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.entry_id.in_(entry_ids), Account.kind.in_((promised, returned)))
        .group_by(Posting.entry_id, Account.kind, Account.code)
        .order_by(Posting.entry_id, Account.code)
        .limit(40_000)
    )
    found: dict[int, dict[str, int]] = {}
    for entry_id, kind, code, fen in rows:
        key, parts = code.removeprefix(f"{kind}:"), found.setdefault(entry_id, {})
        parts[key] = parts.get(key, 0) + int(fen)
    return {
        entry_id: {key: fen for key, fen in parts.items() if fen}
        for entry_id, parts in found.items()
    }


@dataclass(frozen=True, slots=True)
class DailyFlow:
    """What entries of one kind moved on an account on one day."""

    on: date
    kind: str
    entry_id: int
    """With `key`, of kinds that are wanted one by one; 0 and empty of all others."""
    key: str
    debit_fen: int
    credit_fen: int


def list_daily_flows(
    accounts: Sequence[AccountName], *, named_kinds: Collection[str]
) -> Iterator[tuple[AccountName, DailyFlow]]:
    """Every movement of some accounts, added up by day and kind; entries of the named kinds one by
    one. In the order of days."""
    by_code = {account.code: account for account in accounts}
    named = JournalEntry.kind.in_(named_kinds)
    entry_id = case((named, JournalEntry.id), else_=0)
    key = case((named, JournalEntry.key), else_="")
    every = list(by_code)
    for start in range(0, len(every), CODES_AT_ONCE):
        codes = every[start : start + CODES_AT_ONCE]
        rows = db.session.execute(
            select(
                Account.code,
                JournalEntry.effective_on,
                JournalEntry.kind,
                entry_id,
                key,
                func.sum(Posting.debit_fen),
                func.sum(Posting.credit_fen),
            )
            .join(Posting, Posting.account_id == Account.id)
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(Account.code.in_(codes))
            .group_by(Account.code, JournalEntry.effective_on, JournalEntry.kind, entry_id, key)
            .order_by(JournalEntry.effective_on)
            .limit(1_000_000)
        )
        for code, on, kind, number, name, debited, credited in rows:
            yield by_code[code], DailyFlow(on, kind, number, name, int(debited), int(credited))


def count_entries_of(kind: str, key: str) -> int:
    """How often something was booked under a key: as it is, or numbered `key/2`, `key/3`."""
    again = JournalEntry.key.startswith(f"{key}/", autoescape=True)
    wanted = select(func.count()).where(
        JournalEntry.kind == kind, or_(JournalEntry.key == key, again)
    )
    return db.session.scalar(wanted) or 0


def list_days_of_entries(entry_ids: Collection[int]) -> Sequence[date]:
    """The days on which some entries took effect, each once, in order."""
    return db.session.scalars(
        select(JournalEntry.effective_on)
        .where(is_among(JournalEntry.id, entry_ids))
        .distinct()
        .order_by(JournalEntry.effective_on)
        .limit(len(entry_ids))
    ).all()


def list_reversals_of(entry_ids: Collection[int]) -> dict[int, int]:
    """Of some entries those that were reversed, each with the entry that did it."""
    rows = db.session.execute(
        select(JournalEntry.reverses_id, JournalEntry.id)
        .where(is_among(JournalEntry.reverses_id, entry_ids))
        .order_by(JournalEntry.id)
        .limit(len(entry_ids))
    )
    return {original: reversal for original, reversal in rows if original is not None}
