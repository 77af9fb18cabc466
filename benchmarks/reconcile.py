"""Match payouts with statement lines, the differences explained and stored (P5).

    python -m benchmarks.reconcile [PAYOUTS]      # 10,000 unless told; the goal speaks of 1,000,000

Of the payouts on their way 98 % have a line with their reference and amount; for 1 % the amount
differs, 1 % of the lines name no payout of ours, and there are credits nobody knows. The product
confirms each match in the books (entry, payout, try, audit, match) and stores each difference with
its cause. Beside it a bare full join of the same two tables, which finds the same pairs and keeps
nothing. Goal: at most once the join. Checked: confirmed payouts, matches, entries and differences
by cause are exactly those planted, and every invariant of the ledger.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from datetime import date
from statistics import median

from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.harness import durable_postgres, machine, product
from marketplace.foundation import clock
from marketplace.foundation.bulk import copy_rows, reserve_ids
from marketplace.foundation.db import db, write_transaction
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
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.states import StatementLineState
from marketplace.settlement.models import Settlement
from tests.factories.rows import make_row
from tests.factories.settlement import make_institution, make_officers, make_payout_account

PAYOUTS = 10_000
BANK = "bench"
DAY = date(2026, 11, 20)
JOIN = """
    SELECT count(*), count(line.id), count(tried.id),
           count(*) FILTER (WHERE payout.amount_fen = -line.amount_fen)
      FROM statement_line AS line
      FULL JOIN payout_attempt AS tried ON tried.end_to_end_id = line.end_to_end_id
      LEFT JOIN payout ON payout.id = tried.payout_id
"""
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


def join(matched: int) -> float:
    """The bare full join, in seconds."""
    began = time.perf_counter()
    _all, _lines, _tries, equal = db.session.execute(text(JOIN)).one()
    took = time.perf_counter() - began
    db.session.rollback()
    assert equal == matched, f"{equal} pairs of {matched}"
    return took


def match(expected: Counter[str]) -> float:
    """The whole matching in as many runs as it takes, in seconds."""
    began, matched = time.perf_counter(), 0
    while matched < expected["matched"]:
        with write_transaction():
            run = match_statement_lines(actor_id=None)
        assert run.matched, f"{matched} of {expected['matched']} matched"
        matched += run.matched
    return time.perf_counter() - began


def check(expected: Counter[str]) -> None:
    """Everything ended as planted."""
    causes = db.session.execute(
        select(ReconciliationBreak.cause, func.count()).group_by(ReconciliationBreak.cause)
    )
    found = Counter({cause: number for cause, number in causes})
    found["matched"] = db.session.scalar(select(func.count(ReconciliationMatch.id))) or 0
    assert found == expected, f"{found} for {expected}"
    confirmed = select(func.count()).where(Payout.state == PayoutState.CONFIRMED)
    booked = select(func.count()).where(JournalEntry.kind == "payout.confirmed")
    for counted in (confirmed, booked):
        assert db.session.scalar(counted) == expected["matched"]
    violations = [violation for one in CHECKS for violation in one()]
    assert not violations, violations[0]


def measure(app: Flask, number: int) -> str:
    """One engine; a row of the table."""
    with app.app_context():
        with write_transaction():
            expected = plant(number)
        with write_transaction() as session:
            session.execute(text("ANALYZE"))
        before = [join(expected["matched"]) for _round in range(3)]
        took = match(expected)
        bare = median([*before, *(join(expected["matched"]) for _round in range(2))])
        check(expected)
        db.session.remove()
        db.engine.dispose()
    return (
        f"| {bare:.2f} | {took:.1f} | {number / took:,.0f} | {sum(expected.values()):,} "
        f"| **{took / bare:.0f} ×** |"
    )


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else PAYOUTS
    with durable_postgres() as server:
        on_postgresql = measure(product(server.new_database("product")), number)
    with tempfile.TemporaryDirectory() as folder:
        on_sqlite = measure(product(f"sqlite:///{folder}/product.sqlite3"), number)
    print(f"\n### {number:,} payouts and the bank's lines matched and booked (P5, goal ≤ 1 ×)\n")
    print("| engine | full join, s | matching, s | payouts a second | lines | takes |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    print(f"| PostgreSQL {on_postgresql}\n| SQLite {on_sqlite}")
    print(f"\nChecked: matches, entries, states, differences by cause as planted. {machine()}")


if __name__ == "__main__":
    main()
