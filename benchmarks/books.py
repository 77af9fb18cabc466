"""What a redemption costs when there are many postings in the books (P3).

    python -m benchmarks.books [POSTINGS]      # 200,000 unless told; the goal speaks of 10,000,000

Vouchers are redeemed one by one, by one client, with few postings in the books; then the books
grow through real, balanced entries over a thousand accounts; then vouchers are redeemed again.
Each time in turn with a bare transaction of the leanest shape on the same engine, so that a
machine that became slower meanwhile does not count: the cost is told in bare transactions. Goal:
at most 1.3 times the cost. Checked: all vouchers redeemed, and every invariant of the ledger
(the filling entries have no cause in other rooms).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.harness import Rounds, durable_postgres, interleave, machine, product
from benchmarks.lean import lean_on_postgresql, lean_transactions, timed
from benchmarks.redeem import one_by_one, spread
from benchmarks.world import make_classes
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.money import Money
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry
from marketplace.ledger.operations import post_entries
from marketplace.ledger.queries import count_postings
from marketplace.redemption.models import Redemption

FEW = 10_000
POSTINGS = 200_000
ROUNDS = 5
EACH_ROUND = 20
INSTITUTIONS = 10
ACCOUNTS = 1_000
AT_ONCE = 1_000
WARM_UP = 10


def grow(postings: int) -> None:
    """Entries of two postings until the books hold so many."""
    entries = max(0, postings - count_postings()) // 2
    before = count_postings()
    for first in range(0, entries, AT_ONCE):
        drafts = [_entry(before + number) for number in range(first, min(first + AT_ONCE, entries))]
        with write_transaction():
            post_entries(drafts, actor_id=None)
    with write_transaction() as session:
        session.execute(text("ANALYZE"))


def _entry(number: int) -> EntryDraft:
    amount = Money(100 + number % 997, "CNY")
    holder = f"bench-{number % ACCOUNTS:04d}"
    return draft_entry(
        "bench.interest",
        f"{number}",
        effective_on=clock.today(),
        memo="",
        currency="CNY",
        lines=(
            debit(AccountName("bank:other", holder), amount),
            credit(AccountName("bank:interest", holder), amount),
        ),
    )


def measure(app: Flask, lean: Iterator[int], postings: int) -> str:
    """Both sizes on one engine; a row of the table."""
    costs = []
    with app.app_context():
        vouchers = WARM_UP + 2 * ROUNDS * EACH_ROUND
        waiting = spread(make_classes(INSTITUTIONS, learners=vouchers // INSTITUTIONS))
        one_by_one(list(islice(waiting, WARM_UP)))
        for size in (FEW, postings):
            grow(size)
            bare, full = interleave(
                {
                    "bare": lambda: timed(islice(lean, 200)),
                    "full": lambda: timed(
                        one_by_one([pair]) for pair in islice(waiting, EACH_ROUND)
                    ),
                },
                rounds=ROUNDS,
            )
            costs.append((_cost(bare, full), 1_000 / full.median, count_postings()))
        redeemed = db.session.scalar(select(func.count()).select_from(Redemption))
        assert redeemed == vouchers, f"{redeemed} of {vouchers} redeemed"
        found = [violation for check in CHECKS for violation in check()]
        assert not found, found[0]
        db.session.remove()
        db.engine.dispose()
    (few, few_ms, few_count), (many, many_ms, many_count) = costs
    return (
        f"| {few_count:,} | {few:.1f} ({few_ms:.1f} ms) | {many_count:,} "
        f"| {many:.1f} ({many_ms:.1f} ms) | **{many / few:.2f} ×** |"
    )


def _cost(bare: Rounds, full: Rounds) -> float:
    """Of one redemption, in bare transactions."""
    return bare.median / full.median


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    postings = int(sys.argv[1]) if len(sys.argv) > 1 else POSTINGS
    with durable_postgres() as server, lean_on_postgresql(server.new_database("lean")) as lean:
        on_postgresql = measure(product(server.new_database("product")), lean, postings)
    with tempfile.TemporaryDirectory() as folder:
        app = product(f"sqlite:///{folder}/product.sqlite3")
        on_sqlite = measure(app, lean_transactions(Path(folder) / "lean.sqlite3"), postings)
    print("\n### Cost of a redemption as the books grow (P3, goal ≤ 1.3 ×)\n")
    print("| engine | postings | bare transactions | postings | bare transactions | growth |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    print(f"| PostgreSQL {on_postgresql}\n| SQLite {on_sqlite}")
    print(f"\nChecked: every voucher redeemed, no invariant of the ledger violated. {machine()}")


if __name__ == "__main__":
    main()
