"""Booking many entries in one call of PostgreSQL, when nothing stands against it.

The function `book_at_once` (migration 0047) writes under the same triggers and constraints as
everybody and opens accounts on first use. It answers no row when a month is not open yet or the
books refuse anything; then nothing of it was written, and `post_entries` goes the careful way and
says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation import clock
from marketplace.foundation.db import dialect_name, table_of
from marketplace.foundation.direct import (
    Direct,
    ask,
    ask_together,
    is_among,
    whole_on_sqlite,
    write_on_sqlite,
)
from marketplace.ledger.entries import ACCOUNT_KINDS, EntryDraft, Line
from marketplace.ledger.models import Account, JournalEntry, Period, Posting
from marketplace.ledger.states import Side

BOOK_AT_ONCE = """book_at_once(
    CAST(:months AS date[]), CAST(:names AS text[]), CAST(:account_kinds AS text[]),
    CAST(:sides AS text[]), CAST(:guards AS boolean[]), CAST(:account_currencies AS text[]),
    CAST(:opens AS boolean[]), CAST(:accounts AS int[]), CAST(:debits AS bigint[]),
    CAST(:credits AS bigint[]), CAST(:kinds AS text[]), CAST(:keys AS text[]),
    CAST(:currencies AS text[]), CAST(:days AS date[]), CAST(:memos AS text[]),
    CAST(:posted AS timestamptz), CAST(:actor AS bigint))"""
"""The numbers of the entries as an array, for statements of other rooms that write rows which name
an entry; nothing when the books refuse."""
_BOOK = Direct(text(f"SELECT {BOOK_AT_ONCE} AS numbers").columns(numbers=ARRAY(BigInteger)))


def book_at_once(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> list[int] | None:
    """The numbers of the entries, in the order given; none when it takes the careful way."""
    if not drafts:
        return []
    if dialect_name() == "sqlite":
        return _book_on_sqlite(drafts, actor_id)
    [answer] = ask(_BOOK, what_to_book(drafts, actor_id=actor_id))
    numbers: list[int] | None = answer.numbers
    return numbers


def what_to_book(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> dict[str, Any]:
    """What `BOOK_AT_ONCE` is asked: months and accounts, which are opened on first use; all lines
    in a row, each with the place of its account, the first of each entry opening it; entries."""
    accounts = {
        line.account.code: (line.account, draft) for draft in drafts for line in draft.lines
    }
    places = {code: place for place, code in enumerate(accounts, start=1)}
    kinds = [ACCOUNT_KINDS[account.kind] for account, _draft in accounts.values()]
    lines = [
        (place == 0, line)
        for draft in drafts
        # Accounts in one order, as everybody writes them.
        for place, line in enumerate(sorted(draft.lines, key=lambda line: line.account.code))
    ]
    return {
        "months": list({draft.effective_on.replace(day=1) for draft in drafts}),
        "names": list(accounts),
        "account_kinds": [account.kind for account, _draft in accounts.values()],
        "sides": [kind.side for kind in kinds],
        "guards": [kind.guarded for kind in kinds],
        "account_currencies": [draft.currency for _account, draft in accounts.values()],
        "opens": [opens for opens, _line in lines],
        "accounts": [places[line.account.code] for _opens, line in lines],
        "debits": [_sides(line)[0] for _opens, line in lines],
        "credits": [_sides(line)[1] for _opens, line in lines],
        "kinds": [draft.kind for draft in drafts],
        "keys": [draft.key for draft in drafts],
        "currencies": [draft.currency for draft in drafts],
        "days": [draft.effective_on for draft in drafts],
        "memos": [draft.memo for draft in drafts],
        "posted": clock.now(),
        "actor": actor_id,
    }


_ACCOUNT, _PERIOD, _POSTING, _ENTRY = map(table_of, (Account, Period, Posting, JournalEntry))
_ACCOUNTS = Direct(
    select(_ACCOUNT.c.code, _ACCOUNT.c.id).where(is_among(_ACCOUNT.c.code, "names", Text))
)
_MONTHS = Direct(
    select(func.count().label("known"))
    .select_from(_PERIOD)
    .where(is_among(_PERIOD.c.first_on, "months", Text))
)
_LAST_ENTRY = Direct(select(func.max(_POSTING.c.entry_id).label("number")))
_POSTED = ("entry_id", "account_id", "debit_fen", "credit_fen")
_HEADER = ("id", "kind", "key", "currency", "effective_on", "posted_at", "actor_id", "memo")
_INSERT_POSTINGS = Direct(insert(_POSTING), _POSTED)
_INSERT_HEADERS = Direct(insert(_ENTRY), _HEADER)


def _book_on_sqlite(drafts: Sequence[EntryDraft], actor_id: int | None) -> list[int] | None:
    """The same statements as the careful way, without the look-ups that make it careful."""
    months = sorted({str(draft.effective_on.replace(day=1)) for draft in drafts})
    names = sorted({line.account.code for draft in drafts for line in draft.lines})
    [period], accounts, [last] = ask_together(
        (_MONTHS, {"months": months}), (_ACCOUNTS, {"names": names}), (_LAST_ENTRY, {})
    )
    if period.known < len(months) or len(accounts) < len(names):
        return None
    # Safe: the write lock is ours alone and postings are never deleted.
    numbers = [(last.number or 0) + place for place in range(1, len(drafts) + 1)]
    ids = dict(accounts)
    postings = [
        dict(zip(_POSTED, (number, ids[line.account.code], *_sides(line)), strict=True))
        for number, draft in zip(numbers, drafts, strict=True)
        for line in sorted(draft.lines, key=lambda line: line.account.code)
    ]
    headers = [
        {
            "id": number,
            "kind": draft.kind,
            "key": draft.key,
            "currency": draft.currency,
            "effective_on": draft.effective_on,
            "posted_at": clock.now(),
            "actor_id": actor_id,
            "memo": draft.memo,
        }
        for number, draft in zip(numbers, drafts, strict=True)
    ]
    try:
        with whole_on_sqlite():
            write_on_sqlite(_INSERT_POSTINGS, postings)
            write_on_sqlite(_INSERT_HEADERS, headers)
    except IntegrityError:
        return None
    return numbers


def _sides(line: Line) -> tuple[int, int]:
    return (line.fen, 0) if line.side is Side.DEBIT else (0, line.fen)
