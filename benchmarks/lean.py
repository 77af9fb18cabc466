"""The leanest transaction that could be called a redemption, with the driver alone: a baseline.

Voucher row, entry, two postings, committed with full durability; no rule, no audit, no trigger.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

VOUCHERS = 50_000
LEAN = """
CREATE TABLE voucher (id INTEGER PRIMARY KEY, state TEXT);
CREATE TABLE entry (id INTEGER PRIMARY KEY, voucher_id INTEGER UNIQUE);
CREATE TABLE posting (entry_id INTEGER, account_id INTEGER, debit_fen BIGINT, credit_fen BIGINT);
"""


def lean_transactions(path: Path) -> Iterator[int]:
    """One transaction on SQLite for each turn of the iterator."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + LEAN)
    connection.execute("BEGIN")
    vouchers = [(number, "reserved") for number in range(1, VOUCHERS)]
    connection.executemany("INSERT INTO voucher VALUES (?, ?)", vouchers)
    connection.execute("COMMIT")
    for number in count(1):
        connection.execute("BEGIN IMMEDIATE")
        _write(connection, number, "?")
        connection.execute("COMMIT")
        yield 1


@contextmanager
def lean_on_postgresql(url: str) -> Iterator[Iterator[int]]:
    """The same on PostgreSQL, in a database of its own."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(LEAN)
        connection.execute(
            f"INSERT INTO voucher SELECT n, 'reserved' FROM generate_series(1, {VOUCHERS}) n"
        )

        def transactions() -> Iterator[int]:
            for number in count(1):
                with connection.transaction():
                    _write(connection, number, "%s")
                yield 1

        yield transactions()


def timed(run: Iterator[int]) -> float:
    """How many a second."""
    began = time.perf_counter()
    done = sum(run)
    return done / (time.perf_counter() - began)


def _write(connection: Any, number: int, mark: str) -> None:
    run: Callable[..., Any] = connection.execute
    run(f"UPDATE voucher SET state = 'redeemed' WHERE id = {mark}", (number,))
    run(f"INSERT INTO entry VALUES ({mark}, {mark})", (number, number))
    values = f"({mark}, {mark}, {mark}, {mark})"
    for posting in ((number, 1, 80_000, 0), (number, 2, 0, 80_000)):
        run(f"INSERT INTO posting VALUES {values}", posting)
