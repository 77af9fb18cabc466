"""Match payouts with statement lines, the differences explained and stored (P5); then book.

    python -m benchmarks.reconcile [PAYOUTS]      # 20,000 unless told; the goal speaks of 1,000,000

Of the payouts on their way 98 % have a line with their reference and amount; for 1 % the amount
differs, 1 % of the lines name no payout of ours, and there are credits nobody knows.

**Matching** finds the payout of every line, stores each difference with its cause and lists what
is to be booked. Beside it, in turn: a bare full join of the same two tables, which finds the same
pairs and keeps nothing; and the same with loading, both sides put into bare tables by the driver
(COPY on PostgreSQL) and joined there. Goal: at most once loading and joining.

**Booking** confirms each match in the books under their guards (entry, two postings, payout, try,
line, match, audit), chunk by chunk, at most 100,000 of them. Beside it the driver alone inserting
the very rows that came of it into tables with the same columns, keys and indexes.

Checked: differences by cause, payouts, matches and entries are exactly those planted, what is not
booked yet stands on the list, and every invariant of the ledger.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.filling import fill
from benchmarks.harness import durable_postgres, interleave, machine, product
from marketplace.foundation import clock
from marketplace.foundation.bulk import copy_rows, reserve_ids
from marketplace.foundation.db import db, dialect_name, rehearsal, write_transaction
from marketplace.foundation.money import Money
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.entries import AccountName, credit, debit, draft_entry
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.operations import post_entry
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    ReconciliationMatch,
    StatementLine,
)
from marketplace.reconciliation.operations.confirming import confirm_found
from marketplace.reconciliation.operations.finding import find_matches
from marketplace.reconciliation.queries.finding import count_found
from marketplace.reconciliation.states import StatementLineState
from marketplace.settlement.models import Settlement
from tests.factories.rows import make_row
from tests.factories.settlement import make_institution, make_officers, make_payout_account

PAYOUTS = 20_000
BOOKED_BEFORE = 20_000
"""Entries in the books beforehand: an empty table's plans are those of an empty table."""
BOOKED_MAX = 100_000
ROUNDS, LARGE, ROUNDS_OF_LARGE = 5, 200_000, 3
AT_ONCE = 50_000
BANK = "bench"
DAY = date(2026, 11, 20)
JOIN = """
    SELECT count(*), count(line.id), count(tried.id),
           count(*) FILTER (WHERE payout.amount_fen = -line.amount_fen)
      FROM statement_line AS line
      FULL JOIN payout_attempt AS tried ON tried.end_to_end_id = line.end_to_end_id
      LEFT JOIN payout ON payout.id = tried.payout_id
"""
LINES = """
    SELECT id, end_to_end_id, amount_fen FROM statement_line
     WHERE id > :first AND id <= :last ORDER BY id
"""
TRIES = """
    SELECT tried.id, tried.end_to_end_id, payout.amount_fen
      FROM payout_attempt AS tried JOIN payout ON payout.id = tried.payout_id
     WHERE tried.id > :first AND tried.id <= :last ORDER BY tried.id
"""
BARE_JOIN = """
    SELECT count(*), count(line.id), count(tried.id),
           count(*) FILTER (WHERE tried.amount_fen = -line.amount_fen)
      FROM bench_line AS line FULL JOIN bench_tried AS tried ON tried.reference = line.reference
"""
_NEWEST = "(SELECT entry_id FROM reconciliation_match ORDER BY id DESC LIMIT :number)"
WRITTEN = {
    "posting": f"SELECT * FROM posting WHERE entry_id IN {_NEWEST} ORDER BY id",
    "journal_entry": f"SELECT * FROM journal_entry WHERE id IN {_NEWEST} ORDER BY id",
    "reconciliation_match": "SELECT * FROM reconciliation_match ORDER BY id DESC LIMIT :number",
    "audit_event": "SELECT * FROM audit_event WHERE event = 'payout.confirmed'"
    " ORDER BY id DESC LIMIT :number",
}
"""What booking adds, to be inserted by the driver alone."""
CODE = "PO-{:010d}"


def plant(number: int) -> Counter[str]:
    """Payouts on their way, the bank's lines, and how each of them should end."""
    officers = make_officers()
    institution = make_institution()
    account_id = make_payout_account(
        institution.id, proposer_id=officers.maker_id, verifier_id=officers.checker_id
    )
    batch = make_row(
        PayoutBatch, rail="bank_file", state="sent", currency="CNY",
        prepared_by=officers.maker_id, decided_by=officers.checker_id,
    )  # fmt: skip
    total = Money(sum(_amount(place) for place in range(number)), "CNY")
    draft = draft_entry(
        "bench.sent", "1", effective_on=clock.today(), memo="", currency="CNY",
        lines=(
            debit(AccountName("bank:other", "bench"), total),
            credit(AccountName("clearing:rail", batch.rail), total),
        ),
    )  # fmt: skip
    post_entry(draft, actor_id=None)
    now = clock.now()
    settlement = make_row(
        Settlement, institution_id=institution.id, state="prepared", amount_fen=1, currency="CNY",
        decided_by=None, prepared_by=officers.maker_id,
    )  # fmt: skip
    given = {
        column.name: getattr(settlement, column.name)
        for column in Settlement.__table__.columns
        if column.name not in ("id", "code", "amount_fen")
    }
    settlements = reserve_ids(Settlement, number)
    copy_rows(
        Settlement, ("id", "code", "amount_fen"),
        ((id_, f"ST-{place:010d}", _amount(place)) for place, id_ in enumerate(settlements)),
        same=given,
    )  # fmt: skip
    payouts = reserve_ids(Payout, number)
    copy_rows(
        Payout, ("id", "code", "settlement_id", "amount_fen"),
        (
            (id_, CODE.format(place), settlements[place], _amount(place))
            for place, id_ in enumerate(payouts)
        ),
        same={"institution_id": institution.id, "currency": "CNY", "state": PayoutState.SENT,
              "attempt": 1, "created_at": now, "changed_at": now},
    )  # fmt: skip
    copy_rows(
        PayoutAttempt, ("payout_id", "end_to_end_id"),
        ((id_, f"{CODE.format(place)}-1") for place, id_ in enumerate(payouts)),
        same={"number": 1, "batch_id": batch.id, "payout_account_id": account_id},
    )  # fmt: skip
    return _plant_lines(number)


def _amount(place: int) -> int:
    return 50_000 + place % 9_973


def _plant_lines(number: int) -> Counter[str]:
    expected: Counter[str] = Counter()
    rows: list[tuple[str, int, str, int, str | None]] = []
    for place in range(number):
        reference: str | None = f"{CODE.format(place)}-1"
        amount, fate = -_amount(place), "matched"
        if place % 100 == 7:
            amount, fate = amount - 1, "amount_differs"
        elif place % 100 == 43:
            reference, fate = f"PO-9{place:09d}-1", "no_such_payout"
        expected[fate] += 1
        rows.append((f"BL-{place:010d}", place, f"bench-{place}", amount, reference))
        if place % 1_000 == 11:
            expected["unknown_credit"] += 1
            line = number + place
            rows.append((f"BL-{line:010d}", line, f"bench-{line}", 12_345, None))
    incoming = sum(row[3] for row in rows if row[3] > 0)
    outgoing = -sum(row[3] for row in rows if row[3] < 0)
    statement = make_row(
        BankStatement, bank_account=BANK, currency="CNY", opening_fen=0, incoming_fen=incoming,
        outgoing_fen=outgoing, closing_fen=incoming - outgoing, kind="statement",
    )  # fmt: skip
    copy_rows(
        StatementLine, ("code", "number", "line_key", "amount_fen", "end_to_end_id"), rows,
        same={"statement_id": statement.id, "booked_on": DAY,
              "state": StatementLineState.IMPORTED},
    )  # fmt: skip
    return expected


def join(matched: int, query: str = JOIN) -> float:
    """The bare full join, in seconds."""
    began = time.perf_counter()
    _all, _lines, _tries, equal = db.session.execute(text(query)).one()
    took = time.perf_counter() - began
    db.session.rollback()
    assert equal == matched, f"{equal} pairs of {matched}"
    return took


def load_and_join(number: int, matched: int) -> float:
    """Both sides loaded into bare tables by the driver, and joined there, in seconds."""
    took = 0.0
    with write_transaction() as session:
        for table in ("bench_line", "bench_tried"):
            columns = "(id BIGINT, reference TEXT, amount_fen BIGINT)"
            session.execute(text(f"CREATE TABLE {table} {columns}"))
    for table, source in (("bench_line", LINES), ("bench_tried", TRIES)):
        for first in range(0, 2 * number, AT_ONCE):
            span = {"first": first, "last": first + AT_ONCE}
            rows = [tuple(row) for row in db.session.execute(text(source), span)]
            with write_transaction():
                began = time.perf_counter()
                insert_bare(table, rows)
            took += time.perf_counter() - began
    if dialect_name() == "sqlite":  # without an index it compares every row with every other
        began = time.perf_counter()
        with write_transaction() as session:
            for table in ("bench_line", "bench_tried"):
                session.execute(text(f"CREATE INDEX ix_{table} ON {table} (reference)"))
        took += time.perf_counter() - began
    took += join(matched, BARE_JOIN)
    with write_transaction() as session:
        for table in ("bench_line", "bench_tried"):
            session.execute(text(f"DROP TABLE {table}"))
    return took


def insert_bare(table: str, rows: list[tuple[Any, ...]]) -> None:
    """Rows into a table by the driver alone: COPY on PostgreSQL, executemany on SQLite."""
    driver: Any = db.session.connection().connection.driver_connection
    if not rows:
        return
    if dialect_name() == "sqlite":
        marks = ", ".join("?" * len(rows[0]))
        driver.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608
        return
    with driver.cursor().copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def match(expected: Counter[str]) -> Callable[[], float]:
    """The whole search, in seconds; undone, so that it can be done again."""

    def run() -> float:
        with rehearsal():
            began = time.perf_counter()
            found = find_matches(actor_id=None)
            took = time.perf_counter() - began
        differences = sum(expected.values()) - expected["matched"]
        assert (found.waiting, found.breaks_opened) == (expected["matched"], differences), found
        return took

    return run


def book(at_most: int) -> tuple[int, float]:
    """How many were confirmed, chunk by chunk, and in how many seconds."""
    began, booked, after = time.perf_counter(), 0, 0
    while booked < at_most:
        with write_transaction():
            chunk = confirm_found(actor_id=None, after=after)
        if chunk is None:
            break
        assert chunk.matched, "a chunk without a match"
        booked, after = booked + chunk.matched, chunk.last_piece
    return booked, time.perf_counter() - began


def insert_the_same() -> float:
    """Payouts a second whose rows of a booking the driver inserts, without guards and updates."""
    found = {
        table: [
            tuple(map(_plain, row))
            for row in db.session.execute(text(query), {"number": 2_000}).all()
        ]
        for table, query in WRITTEN.items()
    }
    with write_transaction():
        for table in WRITTEN:
            _clone(table)
    with write_transaction():
        began = time.perf_counter()
        for table, rows in found.items():
            insert_bare(f"bench_{table}", rows)
    took = time.perf_counter() - began
    with write_transaction() as session:
        for table in WRITTEN:
            session.execute(text(f"DROP TABLE bench_{table}"))
    return len(found["reconciliation_match"]) / took


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value


def _clone(table: str) -> None:
    """A table with the columns, keys and indexes of another, without triggers."""
    if dialect_name() == "postgresql":
        db.session.execute(text(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)"))
        return
    named = {"name": table}
    made = db.session.scalar(
        text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), named
    )
    kept = [line for line in made[made.index("(") :].splitlines() if "FOREIGN KEY" not in line]
    body = re.sub(r",\s*\)$", ")", "\n".join(kept).rstrip())
    db.session.connection().exec_driver_sql(f"CREATE TABLE bench_{table} {body}")


def check(expected: Counter[str], booked: int) -> None:
    """Everything ended as planted."""
    causes = db.session.execute(
        select(ReconciliationBreak.cause, func.count()).group_by(ReconciliationBreak.cause)
    )
    found = Counter({cause: number for cause, number in causes})
    found["matched"] = booked + count_found()
    assert found == expected, f"{found} for {expected}"
    confirmed = select(func.count()).where(Payout.state == PayoutState.CONFIRMED)
    entries = select(func.count()).where(JournalEntry.kind == "payout.confirmed")
    for counted in (confirmed, entries, select(func.count(ReconciliationMatch.id))):
        assert db.session.scalar(counted) == booked
    violations = [violation for one in CHECKS for violation in one()]
    assert not violations, violations[0]


def measure(app: Flask, number: int) -> tuple[str, str]:
    """One engine; a row of each table."""
    with app.app_context():
        fill(BOOKED_BEFORE)
        with write_transaction():
            expected = plant(number)
        with write_transaction() as session:
            session.execute(text("ANALYZE"))
        matched = expected["matched"]
        bare, loaded, search = interleave(
            {
                "join": lambda: join(matched),
                "load and join": lambda: load_and_join(number, matched),
                "match": match(expected),
            },
            rounds=ROUNDS if number <= LARGE else ROUNDS_OF_LARGE,
        )
        with write_transaction():
            find_matches(actor_id=None)
        booked, took = book(min(matched, BOOKED_MAX))
        inserted = median(insert_the_same() for _round in range(3))
        check(expected, booked)
        db.session.remove()
        db.engine.dispose()
    spread = f"{min(search.figures):.2f}–{max(search.figures):.2f}"
    return (
        f"| {bare.median:.2f} | {loaded.median:.2f} | {search.median:.2f} ({spread}) "
        f"| {search.median / bare.median:.1f} × "
        f"| **{search.median / loaded.median:.2f} ×** |",
        f"| {booked:,} | {booked / took:,.0f} | {inserted:,.0f} "
        f"| {inserted / (booked / took):.1f} × |",
    )


def main() -> None:
    """Measure, check, print two tables for docs/performance.md."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else PAYOUTS
    with durable_postgres() as server:
        on_postgresql = measure(product(server.new_database("product")), number)
    with tempfile.TemporaryDirectory() as folder:
        on_sqlite = measure(product(f"sqlite:///{folder}/product.sqlite3"), number)
    print(f"\n### {number:,} payouts and the bank's lines matched (P5, goal ≤ 1 × load and join)\n")
    print("| engine | full join, s | load and join, s | matching, s | × join | × load and join |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    print(f"| PostgreSQL {on_postgresql[0]}\n| SQLite {on_sqlite[0]}")
    print("\n### Matches booked\n")
    print("| engine | booked | a second | bare insert of the same rows | takes |")
    print("| --- | ---: | ---: | ---: | ---: |")
    print(f"| PostgreSQL {on_postgresql[1]}\n| SQLite {on_sqlite[1]}")
    print(f"\nChecked: matches, entries, states, differences by cause as planted. {machine()}")


if __name__ == "__main__":
    main()
