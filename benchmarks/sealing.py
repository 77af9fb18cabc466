"""Seal the journal, and verify every seal (P6).

    python -m benchmarks.sealing [ENTRIES]      # 50,000 unless told; the goal speaks of 1,000,000

Entries of two postings are booked, sealed block by block, and verified as `ledger verify` does,
in one process and, as it does unless told, in one a core: every leaf, root and head recomputed
from the journal. Beside it, in turn, the least that could be
called reading and hashing the same bytes: the very documents, stored in a table of their own, read
in order with the driver alone and hashed one by one. Goal: verifying takes at most twice as long.
Checked: every entry sealed and verified, no violation; one changed byte is noticed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256

from flask import Flask
from sqlalchemy import text

from benchmarks.filling import fill
from benchmarks.harness import Rounds, durable_postgres, interleave, machine, product
from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.operations import seal_block
from marketplace.ledger.sealing.provers import default_processes
from marketplace.ledger.sealing.queries import each_block
from marketplace.ledger.sealing.stored import each_stored_leaf
from marketplace.ledger.sealing.verify import verify_seals

ENTRIES = 50_000
ROUNDS = 5
LARGE, ROUNDS_OF_LARGE = 200_000, 3


def seal_all() -> float:
    """Entries sealed a second, a transaction for each block as the nightly job does."""
    began, sealed, names = time.perf_counter(), 0, AccountNames()
    while True:
        with write_transaction():
            block = seal_block(actor_id=None, names=names)
            if block is None:
                return sealed / (time.perf_counter() - began)
            sealed += block.entries


def store_documents() -> None:
    """The bytes that are sealed, in a table of their own."""
    with write_transaction() as session:
        session.execute(text("CREATE TABLE bench_document (id BIGINT PRIMARY KEY, line TEXT)"))
    for block in list(each_block()):
        with write_transaction() as session:
            rows = [
                {"id": leaf.entry_id, "line": leaf.document.decode()}
                for leaf in each_stored_leaf(block.height)
                if leaf.document
            ]
            session.execute(text("INSERT INTO bench_document VALUES (:id, :line)"), rows)


def read_and_hash(entries: int) -> Callable[[], float]:
    """One pass over the documents, entries a second."""

    def run() -> float:
        driver = db.session.connection().connection.driver_connection
        began, read = time.perf_counter(), 0
        cursor = driver.cursor()
        cursor.execute("SELECT line FROM bench_document ORDER BY id")
        while lines := cursor.fetchmany(5_000):
            for (line,) in lines:
                sha256(b"\x00" + line.encode()).digest()
                read += 1
        db.session.rollback()
        assert read == entries, f"{read} of {entries} read"
        return read / (time.perf_counter() - began)

    return run


def verify(entries: int, *, processes: int) -> Callable[[], float]:
    """The whole of `ledger verify`, entries a second."""

    def run() -> float:
        db.session.remove()
        began = time.perf_counter()
        report = verify_seals(processes=processes)
        took = time.perf_counter() - began
        db.session.rollback()
        assert report.ok, report.violations
        assert (report.entries, report.unsealed) == (entries, 0), report
        return entries / took

    return run


def measure(app: Flask, entries: int) -> tuple[float, list[Rounds]]:
    """Seal once, then both readings in turn."""
    with app.app_context():
        fill(entries)
        sealed = seal_all()
        store_documents()
        results = interleave(
            {
                "read and hash": read_and_hash(entries),
                "one process": verify(entries, processes=1),
                "verify": verify(entries, processes=default_processes()),
            },
            rounds=ROUNDS if entries <= LARGE else ROUNDS_OF_LARGE,
        )
        _notice_a_changed_byte()
        db.session.remove()
        db.engine.dispose()
    return sealed, results


def _notice_a_changed_byte() -> None:
    with write_transaction() as session:
        drop = "DROP TRIGGER seal_leaf_append_only ON seal_leaf"
        if db.engine.dialect.name == "sqlite":
            drop = "DROP TRIGGER seal_leaf_no_update"
        session.execute(text(drop))
        lowest = "(SELECT min(entry_id) FROM seal_leaf)"
        session.execute(
            text(f"UPDATE seal_leaf SET leaf = :leaf WHERE entry_id = {lowest}"),  # noqa: S608
            {"leaf": b"x" * 32},
        )
    assert not verify_seals().ok, "a changed leaf was not noticed"


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with durable_postgres() as server:
        found = {"PostgreSQL": measure(product(server.new_database("product")), entries)}
    with tempfile.TemporaryDirectory() as folder:
        found["SQLite"] = measure(product(f"sqlite:///{folder}/product.sqlite3"), entries)
    print(f"\n### Seal and verify {entries:,} entries (P6, goal ≤ 2 ×), entries a second\n")
    print("| engine | seal | read and hash | one process | takes | verify | takes |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for engine, (sealed, (base, alone, full)) in found.items():
        print(
            f"| {engine} | {sealed:,.0f} | {base.median:,.0f} | {alone.median:,.0f} "
            f"| {base.median / alone.median:.1f} × | {full.median:,.0f} "
            f"({min(full.figures):,.0f}–{max(full.figures):,.0f}) "
            f"| **{base.median / full.median:.1f} ×** |"
        )
    print(f"\nChecked: all sealed and verified, a changed byte noticed. {machine()}")


if __name__ == "__main__":
    main()
