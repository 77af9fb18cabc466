"""Very many balanced entries, fast: one statement for thousands, under every trigger and key."""

from __future__ import annotations

import sys
from datetime import UTC

from sqlalchemy import text

from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry
from marketplace.ledger.operations import post_entries

ACCOUNTS = 1_000
AT_ONCE = 50_000

_FILLED = "SELECT count(*) FROM journal_entry WHERE kind = 'bench.fill'"
_PAIRS = """
    CREATE TABLE bench_pair AS
    SELECT CAST(substr(paid.code, 17) AS integer) AS holder, paid.id AS paid, kept.id AS kept
      FROM account AS paid
      JOIN account AS kept ON kept.code = replace(paid.code, 'bank:other', 'bank:interest')
     WHERE paid.kind = 'bank:other' AND paid.code LIKE 'bank:other:fill-%'
"""
_NUMBERS = {
    "postgresql": "SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS number",
    "sqlite": """WITH RECURSIVE counted(number) AS (
                   SELECT :first UNION ALL SELECT number + 1 FROM counted WHERE number < :last)
                 SELECT number FROM counted""",
}
_ENTRY_ID = {
    "postgresql": """CASE WHEN place = 0 THEN nextval('journal_entry_number')
                          ELSE currval('journal_entry_number') END""",
    "sqlite": ":base + number",
}
_POSTINGS = """
    INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)
    SELECT {entry_id}, CASE place WHEN 0 THEN paid ELSE kept END,
           CASE place WHEN 0 THEN 100 + number % 997 ELSE 0 END,
           CASE place WHEN 1 THEN 100 + number % 997 ELSE 0 END
      FROM ({numbers}) AS numbers
      JOIN bench_pair ON holder = number % {accounts}
     CROSS JOIN (SELECT 0 AS place UNION ALL SELECT 1) AS places
     ORDER BY number, place
"""
_HEADER_ROWS = """
    INSERT INTO journal_entry (id, kind, key, currency, effective_on, posted_at, actor_id, memo)
    SELECT :base + number, 'bench.fill', 'fill-' || number, 'CNY', {today}, {now}, 7,
           'filling, as payments have'
      FROM ({{numbers}}) AS numbers ORDER BY number
"""
_HEADERS = {
    "postgresql": _HEADER_ROWS.format(
        today="CAST(:today AS date)", now="CAST(:now || '+00' AS timestamptz)"
    ),
    "sqlite": _HEADER_ROWS.format(today=":today", now=":now"),
}


def fill(entries: int) -> None:
    """So many more entries of two postings over a thousand pairs of accounts.

    What `post_entries` would write, without its objects; nobody else may be booking.
    """
    first = db.session.scalar(text(_FILLED)) or 0
    db.session.rollback()
    end = first + entries
    if not first:
        first = min(entries, ACCOUNTS)
        _open_pairs(first)
    for start in range(first, end, AT_ONCE):
        _fill(start, min(start + AT_ONCE, end) - 1)
        if (start // AT_ONCE) % 10 == 0:
            print(f"{clock.now():%H:%M:%S} {start:,} entries", file=sys.stderr, flush=True)
    with write_transaction() as session:
        session.execute(text("ANALYZE"))


def _open_pairs(number: int) -> None:
    """The accounts, by entries of the product; then a table of them."""
    with write_transaction():
        post_entries([_entry(place) for place in range(number)], actor_id=None)
    with write_transaction() as session:
        session.execute(text(_PAIRS))
        session.execute(text("CREATE UNIQUE INDEX uq_bench_pair ON bench_pair (holder)"))
        session.execute(text("ANALYZE"))


def _fill(first: int, last: int) -> None:
    engine = dialect_name()
    numbers = _NUMBERS[engine]
    instant = clock.now().astimezone(UTC).replace(tzinfo=None)
    postings = _POSTINGS.format(entry_id=_ENTRY_ID[engine], numbers=numbers, accounts=ACCOUNTS)
    headers = _HEADERS[engine].format(numbers=numbers)
    with write_transaction() as session:
        largest = session.scalar(text("SELECT max(id) FROM journal_entry")) or 0
        asked = {"first": first, "last": last, "base": largest + 1 - first}
        session.execute(text(postings), asked)
        session.execute(
            text(headers),
            asked
            | {
                "today": clock.today().isoformat(),
                "now": instant.isoformat(" ", timespec="microseconds"),
            },
        )


def _entry(number: int) -> EntryDraft:
    amount, holder = Money(100 + number % 997, "CNY"), f"fill-{number:04d}"
    return draft_entry(
        "bench.fill",
        f"fill-{number}",
        effective_on=clock.today(),
        memo="filling, as payments have",
        currency="CNY",
        lines=(
            debit(AccountName("bank:other", holder), amount),
            credit(AccountName("bank:interest", holder), amount),
        ),
    )
