"""Booking many entries in one call of PostgreSQL, when nothing stands against it.

The function `book_entries` (migration 0029) writes under the same triggers and constraints as
everybody and opens accounts on first use. It answers no row when a month is not open yet or the
books refuse anything; then nothing of it was written, and `post_entries` goes the careful way and
says why.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name
from marketplace.ledger.entries import ACCOUNT_KINDS, EntryDraft
from marketplace.ledger.states import Side

BOOK_ENTRIES = """book_entries(CAST(:entries AS json), CAST(:lines AS json),
    CAST(:posted AS timestamptz), CAST(:actor AS bigint))"""
"""For statements of other rooms that write rows which name an entry: `place` counts from 1."""
_BOOK = text(f"SELECT entry_id FROM {BOOK_ENTRIES} ORDER BY place")  # noqa: S608 (a constant)


def book_at_once(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> list[int] | None:
    """The numbers of the entries, in the order given; none when it takes the careful way."""
    if not drafts or dialect_name() != "postgresql":
        return None
    numbers = db.session.scalars(_BOOK, what_to_book(drafts, actor_id=actor_id)).all()
    return [int(number) for number in numbers] or None


def what_to_book(drafts: Sequence[EntryDraft], *, actor_id: int | None) -> dict[str, Any]:
    """What `BOOK_ENTRIES` is asked: all lines in a row; the first of each opens its entry."""
    lines: list[dict[str, Any]] = []
    for draft in drafts:
        # Accounts in one order for everybody: two entries over the same accounts cannot deadlock.
        ordered = sorted(draft.lines, key=lambda line: line.account.code)
        before = len(lines)
        lines.extend(
            {
                "nth": before + place,
                "opens": place == 0,
                "account": line.account.code,
                "kind": line.account.kind,
                "side": ACCOUNT_KINDS[line.account.kind].side,
                "guarded": ACCOUNT_KINDS[line.account.kind].guarded,
                "currency": draft.currency,
                "debit": line.fen if line.side is Side.DEBIT else 0,
                "credit": line.fen if line.side is Side.CREDIT else 0,
            }
            for place, line in enumerate(ordered)
        )
    entries = [
        {
            "place": place,
            "kind": draft.kind,
            "key": draft.key,
            "currency": draft.currency,
            "effective_on": draft.effective_on.isoformat(),
            "memo": draft.memo,
        }
        for place, draft in enumerate(drafts, start=1)
    ]
    return {
        "entries": json.dumps(entries),
        "lines": json.dumps(lines),
        "posted": clock.now(),
        "actor": actor_id,
    }
