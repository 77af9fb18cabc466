"""Booking many entries in one call of PostgreSQL, when nothing stands against it.

The function `book_at_once` (migration 0040) writes under the same triggers and constraints as
everybody and opens accounts on first use. It answers no row when a month is not open yet or the
books refuse anything; then nothing of it was written, and `post_entries` goes the careful way and
says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, text

from marketplace.foundation import clock
from marketplace.foundation.db import dialect_name
from marketplace.foundation.direct import Direct, ask
from marketplace.ledger.entries import ACCOUNT_KINDS, EntryDraft
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
    if not drafts or dialect_name() != "postgresql":
        return None
    [answer] = ask(_BOOK, what_to_book(drafts, actor_id=actor_id))
    numbers: list[int] | None = answer.numbers
    return numbers


def what_to_book(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> dict[str, Any]:
    """What `BOOK_AT_ONCE` is asked: months and accounts, which are opened on first use; all lines
    in a row, each with the place of its account, the first of each entry opening it; entries."""
    accounts = {line.account.code: (line.account, draft) for draft in drafts for line in draft.lines}
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
        "debits": [line.fen if line.side is Side.DEBIT else 0 for _opens, line in lines],
        "credits": [line.fen if line.side is Side.CREDIT else 0 for _opens, line in lines],
        "kinds": [draft.kind for draft in drafts],
        "keys": [draft.key for draft in drafts],
        "currencies": [draft.currency for draft in drafts],
        "days": [draft.effective_on for draft in drafts],
        "memos": [draft.memo for draft in drafts],
        "posted": clock.now(),
        "actor": actor_id,
    }
