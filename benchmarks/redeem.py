"""Redeem vouchers: the whole operation with rules, audit, ledger and constraints.

    python -m benchmarks.redeem

One at a time and a class of 50 in one operation, 8 clients on PostgreSQL beside pgbench, one
writer on SQLite beside a bare transaction of the leanest possible shape. Checked after each run:
as many redemptions as vouchers, and no invariant of the books violated.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from benchmarks.harness import (
    Clients,
    durable_postgres,
    gather_statistics,
    interleave,
    pgbench,
    prepare_pgbench,
    product,
    report,
)
from benchmarks.lean import lean_transactions, timed
from benchmarks.world import Class, make_classes
from marketplace.foundation.db import db, write_transaction
from marketplace.redemption.models import Redemption
from marketplace.redemption.operations.redeem import redeem_course_run, redeem_voucher
from marketplace.reporting.invariants import check_books

CLIENTS = 8
ROUNDS = 5
INSTITUTIONS = 100
CLASS_SIZE = 50
PER_CLIENT = 120
"""Vouchers a client redeems one by one in a round: on PostgreSQL nearly the two seconds that
pgbench is given; and one class of fifty."""
REDEEMED_BEFORE = 20
"""Classes: nobody's tables are empty when plans are made."""
WARM_UP = 6
"""Before the first round: connected, statements prepared, as in a worker that has been running."""


def one_by_one(work: list[tuple[int, int]]) -> int:
    """Redeem (voucher, institution) one at a time, a transaction each."""
    for voucher_id, institution_id in work:
        with write_transaction():
            redeem_voucher(voucher_id, institution_id=institution_id, actor_id=None)
    return len(work)


def by_class(work: list[Class]) -> int:
    """Redeem whole classes, a transaction each."""
    redeemed = 0
    for one in work:
        with write_transaction():
            answer = redeem_course_run(
                one.course_run_id, institution_id=one.institution_id, actor_id=None
            )
        redeemed += len(answer.redeemed)
    return redeemed


def check(vouchers: int) -> str:
    """Everything is redeemed, once, and the books are in order; says so."""
    redeemed = db.session.scalar(select(func.count()).select_from(Redemption))
    assert redeemed == vouchers, f"{redeemed} of {vouchers} redeemed"
    books = check_books()
    assert not books.violations, books.violations
    return f"{redeemed} redemptions of {vouchers} vouchers, no invariant of the books violated"


def spread(classes: list[Class]) -> Iterator[tuple[int, int]]:
    """Vouchers of all institutions in turn."""
    for of_each in zip(*(one.voucher_ids for one in classes), strict=True):
        yield from zip(of_each, (one.institution_id for one in classes), strict=True)


def prepare(app: Flask, *, writers: int) -> tuple[Iterator[tuple[int, int]], Iterator[Class], int]:
    """Singles, classes, and how many vouchers there are in all."""
    singles_needed = writers * (ROUNDS * PER_CLIENT + WARM_UP)
    institutions = INSTITUTIONS if writers > 1 else 1
    singles_needed += -singles_needed % institutions
    with app.app_context():
        schools = make_classes(institutions, learners=singles_needed // institutions)
        classes = make_classes(writers * ROUNDS, learners=CLASS_SIZE)
        by_class(make_classes(REDEEMED_BEFORE, learners=CLASS_SIZE))
        db.session.remove()
        gather_statistics()
        db.engine.dispose()
    in_classes = (writers * ROUNDS + REDEEMED_BEFORE) * CLASS_SIZE
    return spread(schools), iter(classes), singles_needed + in_classes


def on_postgresql() -> None:
    """P1 and P2 of the goals: 8 clients, 100 institutions, one fund."""
    with durable_postgres() as server:
        prepare_pgbench(server, "bench")
        app = product(server.new_database("product"))
        singles, classes, vouchers = prepare(app, writers=CLIENTS)

        def shares(work: Iterator[Any], each: int) -> list[list[Any]]:
            return [list(islice(work, each)) for _client in range(CLIENTS)]

        at_once = Clients(app, CLIENTS)
        at_once.run(one_by_one, shares(singles, WARM_UP))

        results = interleave(
            {
                "pgbench TPC-B": lambda: pgbench(server, "bench", seconds=2, clients=CLIENTS),
                "redeem one voucher (P1)": lambda: at_once.run(
                    one_by_one, shares(singles, PER_CLIENT)
                ),
                "redeem a class of 50 (P2)": lambda: at_once.run(by_class, shares(classes, 1)),
            },
            rounds=ROUNDS,
        )
        at_once.run(one_by_one, [list(singles), *([[]] * (CLIENTS - 1))])  # the rest
        at_once.stop()
        with app.app_context():
            checked = check(vouchers)
            db.engine.dispose()
    report(
        f"Redeem on PostgreSQL, {CLIENTS} clients, {INSTITUTIONS} institutions, one fund",
        results,
        baseline="pgbench TPC-B",
        checked=checked,
    )


def on_sqlite() -> None:
    """The same with the one writer SQLite has."""
    with tempfile.TemporaryDirectory() as folder:
        app = product(f"sqlite:///{folder}/product.sqlite3")
        singles, classes, vouchers = prepare(app, writers=1)

        lean = lean_transactions(Path(folder) / "lean.sqlite3")
        with app.app_context():
            one_by_one(list(islice(singles, WARM_UP)))
            results = interleave(
                {
                    "bare transaction": lambda: timed(islice(lean, 200)),
                    "redeem one voucher": lambda: timed(
                        one_by_one([pair]) for pair in islice(singles, PER_CLIENT)
                    ),
                    "redeem a class of 50": lambda: timed(
                        by_class([one]) for one in islice(classes, 1)
                    ),
                },
                rounds=ROUNDS,
            )
            checked = check(vouchers)
    report("Redeem on SQLite, one writer", results, baseline="bare transaction", checked=checked)


def main() -> None:
    """Measure, check, print tables for docs/performance.md."""
    on_postgresql()
    on_sqlite()


if __name__ == "__main__":
    main()
