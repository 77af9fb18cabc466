"""Settle a province's month: every institution's redemptions gathered, signed twice.

    python -m benchmarks.settle [INSTITUTIONS] [REDEMPTIONS EACH]      # 20 and 200 unless told

For each institution: prepare (unsettled redemptions found, rules, settlement and lines, nettings
planned, audit) and approve (second signature, reversals looked for, nettings booked, claims
settled, audit), a transaction each. In turn with the driver alone writing the very same rows of
`settlement`, `settlement_line` and `audit_event` into tables of the same columns, a transaction
for each institution. Both in lines a second. Checked: each redemption in one settlement, sums to
the fen, every invariant of the books.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.harness import Rounds, durable_postgres, interleave, product, report
from benchmarks.redeem import by_class
from benchmarks.world import make_classes
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.redemption.models import Redemption
from marketplace.reporting.invariants import check_books
from marketplace.settlement.models import Settlement, SettlementLine
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from tests.factories.settlement import Officers, make_officers

INSTITUTIONS = 20
EACH = 200
ROUNDS = 5
TABLES = ("settlement", "settlement_line", "audit_event")


def settle(institution_ids: list[int], officers: Officers) -> float:
    """Both signatures for each; lines a second."""
    period = f"{clock.today():%Y-%m}"
    began, lines = time.perf_counter(), 0
    for institution_id in institution_ids:
        with write_transaction():
            made = prepare_settlement(
                institution_id, period_code=period, actor_id=officers.maker_id
            )
            settlement_id = made.id
        with write_transaction():
            approve_settlement(settlement_id, actor_id=officers.checker_id)
            lines += count_lines(settlement_id)
    return lines / (time.perf_counter() - began)


def count_lines(settlement_id: int) -> int:
    """Redemptions in one settlement."""
    mine = SettlementLine.settlement_id == settlement_id
    return db.session.scalar(select(func.count()).where(mine)) or 0


def bare(institution_ids: list[int]) -> float:
    """The rows those settlements wrote, written again with the driver alone; lines a second."""
    groups = [_rows_of(institution_id) for institution_id in institution_ids]
    db.session.rollback()
    driver: Any = db.session.connection().connection.driver_connection
    mark = "?" if db.engine.dialect.name == "sqlite" else "%s"
    began, lines = time.perf_counter(), 0
    for rows_of in groups:
        cursor = driver.cursor()
        if mark == "?":
            cursor.execute("COMMIT")
            cursor.execute("BEGIN IMMEDIATE")
        for table, rows in rows_of.items():
            marks = ", ".join([mark] * len(rows[0]))
            names = ", ".join(column.name for column in db.metadata.tables[table].columns)
            cursor.executemany(f"INSERT INTO bench_{table} ({names}) VALUES ({marks})", rows)
        if mark == "?":
            cursor.execute("COMMIT")
            cursor.execute("BEGIN")
        else:
            driver.commit()
        lines += len(rows_of["settlement_line"])
    took = time.perf_counter() - began
    db.session.rollback()
    return lines / took


def _rows_of(institution_id: int) -> dict[str, list[tuple[Any, ...]]]:
    mine = "SELECT id FROM settlement WHERE institution_id = :institution"
    wheres = {
        "settlement": "institution_id = :institution",
        "settlement_line": f"settlement_id IN ({mine})",
        "audit_event": f"subject_kind = 'settlement' AND subject_code IN "
        f"({mine.replace('id FROM', 'code FROM', 1)})",
    }
    found = {}
    for table in TABLES:
        columns = ", ".join(
            f"CAST({column.name} AS text) AS {column.name}"
            if table == "audit_event"
            else column.name
            for column in db.metadata.tables[table].columns
        )
        asked = text(f"SELECT {columns} FROM {table} WHERE {wheres[table]} ORDER BY id")
        rows = db.session.execute(asked, {"institution": institution_id})
        found[table] = [tuple(row) for row in rows]
        assert found[table], f"nothing was written to {table}"
    return found


def measure(app: Flask, institutions: int, each: int) -> tuple[list[Rounds], str]:
    """A fifth of the institutions a round, then the same rows bare."""
    with app.app_context():
        with write_transaction() as session:
            officers = make_officers()
            for table in TABLES:
                columns = "*"
                if table == "audit_event":
                    columns = ", ".join(
                        f"CAST({column.name} AS text) AS {column.name}"
                        for column in db.metadata.tables[table].columns
                    )
                session.execute(
                    text(f"CREATE TABLE bench_{table} AS SELECT {columns} FROM {table} LIMIT 0")
                )
        classes = make_classes(institutions, learners=each)
        by_class(classes)
        waiting = iter([one.institution_id for one in classes])
        shares = iter(lambda: list(islice(waiting, institutions // ROUNDS)), [])
        done: list[list[int]] = []
        results = interleave(
            {
                "settle": lambda: settle(_next(shares, done), officers),
                "bare insert": lambda: bare(done[-1]),
            },
            rounds=ROUNDS,
        )
        checked = _check(institutions, each)
        db.session.remove()
        db.engine.dispose()
    return results, checked


def _next(shares: Iterator[list[int]], done: list[list[int]]) -> list[int]:
    done.append(next(shares))
    return done[-1]


def _check(institutions: int, each: int) -> str:
    lines, summed = db.session.execute(
        select(
            func.count(SettlementLine.redemption_id.distinct()), func.sum(SettlementLine.amount_fen)
        )
    ).one()
    totals = db.session.scalar(select(func.sum(Settlement.amount_fen)))
    earned = db.session.scalar(select(func.sum(Redemption.amount_fen)))
    assert lines == institutions * each, f"{lines} lines"
    assert summed == totals == earned, (summed, totals, earned)
    books = check_books()
    assert not books.violations, books.violations[:3]
    return f"{lines} redemptions in {institutions} settlements, sums to the fen, books in order"


def main() -> None:
    """Measure, check, print tables for docs/performance.md."""
    sizes = [int(size) for size in sys.argv[1:3]]
    institutions, each = (*sizes, *(INSTITUTIONS, EACH)[len(sizes) :])
    with durable_postgres() as server:
        results, checked = measure(product(server.new_database("product")), institutions, each)
        report("Settle a month on PostgreSQL", results, baseline="bare insert", checked=checked)
    with tempfile.TemporaryDirectory() as folder:
        app = product(f"sqlite:///{folder}/product.sqlite3")
        results, checked = measure(app, institutions, each)
        report("Settle a month on SQLite", results, baseline="bare insert", checked=checked)


if __name__ == "__main__":
    main()
