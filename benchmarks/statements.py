"""Take in a bank's statement: a camt.053 file with very many lines.

    python -m benchmarks.statements [LINES]      # 10,000 unless told; a large month is 100,000

The whole import: bytes to parsed lines, the proof that opening and lines make the closing balance,
keys of every line, those known before, statement and lines with the counterparty encrypted,
audit. In turn with the least there is: the XML walked once by the parser alone, and the driver
alone inserting the very same rows into the same columns, one transaction. All in lines a second.
Checked: every line stored once with its sum, and the same file again recognised as known.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from itertools import count
from typing import Any

from defusedxml.ElementTree import iterparse
from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.harness import Rounds, durable_postgres, interleave, product, report
from marketplace.foundation.db import db, write_transaction
from marketplace.reconciliation.models import StatementLine
from marketplace.reconciliation.operations.statements import import_bank_statement
from tests.factories.bank import make_camt053, make_entry

LINES = 10_000
ROUNDS = 5
BANK = "bench"
_numbers = count(1)


def make_file(lines: int) -> bytes:
    """A proved statement nobody has seen: its account goes from a million down by its lines."""
    number = next(_numbers)
    entries = [
        make_entry(
            "1.25",
            reference=f"PO-BENCH{number:04d}-{line:07d}",
            bank_reference=f"B{number}-{line}",
            day=f"2026-11-{1 + line * 28 // lines:02d}",
        )
        for line in range(lines)
    ]
    closing_fen = 100_000_000_000 - 125 * lines
    closing = f"{closing_fen // 100}.{closing_fen % 100:02d}"
    return make_camt053(entries, opening="1000000000.00", closing=closing, key=f"S-{number}")


def take_in(content: bytes, lines: int) -> float:
    """The whole import, lines a second."""
    began = time.perf_counter()
    with write_transaction():
        verdict = import_bank_statement(
            content, file_name="bench.xml", bank_account=BANK, actor_id=None
        )
    took = time.perf_counter() - began
    assert not verdict.problems, verdict.problems[:3]
    assert sum(one.lines_new for one in verdict.statements) == lines, verdict.statements
    return lines / took


def walk(content: bytes, lines: int) -> float:
    """The parser alone, lines a second."""
    began, seen = time.perf_counter(), 0
    for _event, element in iterparse(BytesIO(content)):
        if element.tag.endswith("}Ntry"):
            seen += 1
            element.clear()
    assert seen == lines, f"{seen} of {lines} walked"
    return lines / (time.perf_counter() - began)


def insert_bare(lines: int) -> float:
    """The driver alone writing the rows of the newest statement once more, lines a second."""
    columns = [column.name for column in db.metadata.tables["statement_line"].columns]
    names = ", ".join(columns)
    newest = "(SELECT max(id) FROM bank_statement)"
    wanted = text(f"SELECT {names} FROM statement_line WHERE statement_id = {newest}")
    rows = [tuple(row) for row in db.session.execute(wanted)]
    assert len(rows) == lines, f"{len(rows)} rows"
    driver: Any = db.session.connection().connection.driver_connection
    is_sqlite = db.engine.dialect.name == "sqlite"
    marks = ", ".join(["?" if is_sqlite else "%s"] * len(columns))
    driver.cursor().execute("DELETE FROM bench_line")
    began = time.perf_counter()
    driver.cursor().executemany(f"INSERT INTO bench_line ({names}) VALUES ({marks})", rows)
    driver.commit()
    took = time.perf_counter() - began
    db.session.rollback()
    return lines / took


def measure(app: Flask, lines: int) -> tuple[list[Rounds], str]:
    """The three in turn, each round a file nobody has seen."""
    files: list[bytes] = []

    def newest() -> bytes:
        files[:] = [make_file(lines)]
        return files[-1]

    contenders: dict[str, Callable[[], float]] = {
        "import": lambda: take_in(newest(), lines),
        "parser alone": lambda: walk(files[-1], lines),
        "bare insert": lambda: insert_bare(lines),
    }
    with app.app_context():
        with write_transaction() as session:
            session.execute(text("CREATE TABLE bench_line AS SELECT * FROM statement_line LIMIT 0"))
        results = interleave(contenders, rounds=ROUNDS)
        stored, summed = db.session.execute(
            select(func.count(), func.sum(StatementLine.amount_fen))
        ).one()
        assert (stored, summed) == (ROUNDS * lines, -125 * ROUNDS * lines), (stored, summed)
        db.session.rollback()
        with write_transaction():
            again = import_bank_statement(
                files[0], file_name="again.xml", bank_account=BANK, actor_id=None
            )
        assert again.duplicate_of, "the same file was not recognised"
        db.session.remove()
        db.engine.dispose()
    return results, f"{stored:,} lines stored once to the fen, the first file known again"


def both(results: list[Rounds]) -> str:
    """The import beside parser and insert one after the other: what cannot be avoided."""
    full, parser, bare = (one.median for one in results)
    return f"import takes {(1 / full) / (1 / parser + 1 / bare):.1f} × parser and insert together"


def main() -> None:
    """Measure, check, print tables for docs/performance.md."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    with durable_postgres() as server:
        results, checked = measure(product(server.new_database("product")), lines)
    title = f"Statement of {lines:,} lines on"
    report(f"{title} PostgreSQL", results, baseline="bare insert", checked=checked)
    print(both(results))
    with tempfile.TemporaryDirectory() as folder:
        results, checked = measure(product(f"sqlite:///{folder}/product.sqlite3"), lines)
    report(f"{title} SQLite", results, baseline="bare insert", checked=checked)
    print(both(results))


if __name__ == "__main__":
    main()
