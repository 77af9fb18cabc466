"""What a redemption costs when there are many postings in the books (P3).

    python -m benchmarks.books [POSTINGS]      # 200,000 unless told; the goal speaks of 10,000,000

Vouchers are redeemed one by one, by one client, with few postings in the books; then the books
grow through real, balanced entries over a thousand accounts; then vouchers are redeemed again.
Each time in turn with a bare transaction of the leanest shape on the same engine, so that a
machine that became slower meanwhile does not count: the cost is told in bare transactions. Told
beside it is the processor time of a redemption, of this process and of its database connection,
which a crowded machine changes less. Goal: at most 1.3 times the cost. Checked: all vouchers
redeemed, and every invariant of the ledger (the filling entries have no cause in other rooms).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from flask import Flask
from sqlalchemy import func, select

from benchmarks.filling import fill
from benchmarks.harness import (
    connection_process,
    durable_postgres,
    interleave,
    machine,
    processor_seconds,
    product,
)
from benchmarks.lean import lean_on_postgresql, lean_transactions, timed
from benchmarks.redeem import one_by_one, spread
from benchmarks.world import make_classes
from marketplace.foundation.db import db
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.queries import count_postings
from marketplace.redemption.models import Redemption

FEW = 10_000
POSTINGS = 200_000
ROUNDS = 5
EACH_ROUND = 20
INSTITUTIONS = 10
WARM_UP = 10


def grow(postings: int) -> None:
    """Entries of two postings until the books hold so many."""
    fill(max(0, postings - count_postings()) // 2)


def measure(app: Flask, lean: Iterator[int], postings: int, engine: str) -> str:
    """Both sizes on one engine; two rows of the table."""
    costs = []
    with app.app_context():
        vouchers = WARM_UP + 2 * ROUNDS * EACH_ROUND
        waiting = spread(make_classes(INSTITUTIONS, learners=vouchers // INSTITUTIONS))
        one_by_one(list(islice(waiting, WARM_UP)))
        for size in (FEW, postings):
            grow(size)
            costs.append(_cost(lean, waiting))
        redeemed = db.session.scalar(select(func.count()).select_from(Redemption))
        assert redeemed == vouchers, f"{redeemed} of {vouchers} redeemed"
        found = [violation for check in CHECKS for violation in check()]
        assert not found, found[0]
        db.session.remove()
        db.engine.dispose()
    return "\n".join(f"| {engine} {row}" for row in _rows(*costs))


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one redemption, with so many postings in the books."""

    postings: int
    bare: float
    """In bare transactions, by the clock."""
    clock_ms: float
    processor_ms: float


def _cost(lean: Iterator[int], waiting: Iterator[tuple[int, int]]) -> Cost:
    backend = connection_process()
    used: list[float] = []

    def redeem() -> float:
        work = [[pair] for pair in islice(waiting, EACH_ROUND)]
        before = processor_seconds(backend)
        a_second = timed(one_by_one(one) for one in work)
        used.append((processor_seconds(backend) - before) / len(work))
        return a_second

    contenders = {"bare": lambda: timed(islice(lean, 200)), "full": redeem}
    bare, full = interleave(contenders, rounds=ROUNDS)
    return Cost(
        count_postings(), bare.median / full.median, 1_000 / full.median, median(used) * 1_000
    )


def _rows(few: Cost, many: Cost) -> Iterator[str]:
    yield (
        f"bare transactions, by the clock | {few.bare:.1f} ({few.clock_ms:.1f} ms) "
        f"| {many.bare:.1f} ({many.clock_ms:.1f} ms) | **{many.bare / few.bare:.2f} ×** |"
    )
    yield (
        f"processor time, ms | {few.processor_ms:.2f} | {many.processor_ms:.2f} "
        f"| **{many.processor_ms / few.processor_ms:.2f} ×** |"
    )


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    postings = int(sys.argv[1]) if len(sys.argv) > 1 else POSTINGS
    print("\n### Cost of a redemption as the books grow (P3, goal ≤ 1.3 ×)\n")
    print(f"| | {FEW:,} postings | {postings:,} postings | growth |\n| --- | ---: | ---: | ---: |")
    with durable_postgres() as server, lean_on_postgresql(server.new_database("lean")) as lean:
        app = product(server.new_database("product"), pool_size=1)
        print(measure(app, lean, postings, "PostgreSQL"), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        app = product(f"sqlite:///{folder}/product.sqlite3")
        lean = lean_transactions(Path(folder) / "lean.sqlite3")
        print(measure(app, lean, postings, "SQLite"), flush=True)
    print(f"\nChecked: every voucher redeemed, no invariant of the ledger violated. {machine()}")


if __name__ == "__main__":
    main()
