"""kill -9 while lines are looked up, between finding and booking, and while they are booked.

A run of matching is many units of work. It is killed at a statement, a commit or the moment after
it, taken up again by the next run or by the runner, killed again, until it is through. After each
kill the books, lines and payouts agree, and at last everything is as if nobody had killed it. The
suite takes a sample of the moments; `KILLS=1000 pytest <this file>` takes all, run after run.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from itertools import count

import pytest
from sqlalchemy import func, select

from marketplace.cli.matching import book_found, reconcile_all
from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.checks import CHECKS as LEDGER_CHECKS
from marketplace.ledger.models import JournalEntry
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.reconciliation.checks import CHECKS
from marketplace.reconciliation.models import (
    DoubtfulLine,
    FoundPiece,
    ReconciliationBreak,
    ReconciliationMatch,
    StatementLine,
)
from marketplace.reconciliation.operations import confirming
from marketplace.reconciliation.operations.finding import find_matches
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.finding import lines_in
from tests.concurrency.dying import Deaths
from tests.factories.bank import make_camt053, make_entry
from tests.factories.settlement import make_officers, make_sent_batch

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("KILLS", "0"))
STRIDE = 1 if KILLS else 20
STATEMENT = count(1)


@pytest.fixture
def officers(app, now, monkeypatch):
    # One piece to a unit of work, one line singly: more moments between two commits.
    monkeypatch.setattr(confirming, "CHUNK", 1)
    monkeypatch.setattr("marketplace.cli.matching.SINGLY", 1)
    with write_transaction():
        return make_officers()


def plant(officers) -> str:
    """Two payments as they are, one said twice, one come back, one of another amount, one of
    nobody; on two statements, so that they are booked in two pieces. The reference of one more,
    of which the bank has said nothing yet."""
    with write_transaction():
        batch = make_sent_batch(officers, (120_000, 80_050, 30_000, 40_000, 50_000, 60_000))
        tried = (
            select(PayoutAttempt.end_to_end_id)
            .where(PayoutAttempt.batch_id == batch.id)
            .order_by(PayoutAttempt.id)
        )
        first, second, twice, back, other, later = db.session.scalars(tried)
        say(("1200.00", "DBIT", first), ("300.00", "DBIT", twice), ("300.00", "DBIT", twice),
            ("400.00", "CRDT", back), ("500.01", "DBIT", other))  # fmt: skip
        say(("800.50", "DBIT", second), ("400.00", "DBIT", back), ("1.00", "DBIT", "X"))
    return later


def say(*lines: tuple[str, str, str]) -> None:
    """A statement of an account nobody has seen."""
    key = f"S{next(STATEMENT)}"
    entries = [
        make_entry(amount, side, reference=reference, bank_reference=f"{key}-{number}")
        for number, (amount, side, reference) in enumerate(lines)
    ]
    fen = sum(
        (1 if side == "CRDT" else -1) * int(amount.replace(".", ""))
        for amount, side, _reference in lines
    )
    closing = f"{(900_000 + fen) / 100:.2f}"
    content = make_camt053(entries, opening="9000.00", key=key, closing=closing)
    verdict = import_bank_statement(content, file_name="f", bank_account=key, actor_id=None)
    assert verdict.problems == ()


def killed_at(moment: int, act) -> str | None:
    """Let a child act on the same database and kill it at one moment: where, or none when it was
    through before."""
    db.session.remove()
    db.engine.dispose()
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            Deaths(moment, tell=tell)
            act()
            os.write(tell, b'{"point": null}\n')
        finally:
            os._exit(0)
    os.close(tell)
    with os.fdopen(told) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    assert said, "the child failed"
    return json.loads(said)["point"]


def assert_agreed() -> None:
    """Lines, payouts and books agree; a line on the list is open and there once."""
    violations = [violation for check in (*LEDGER_CHECKS, *CHECKS) for violation in check()]
    assert violations == [], violations
    pieces = db.session.execute(select(FoundPiece.block, FoundPiece.lines).order_by(FoundPiece.id))
    listed = [line for block, lines in pieces for line in lines_in(block, lines)]
    listed += db.session.scalars(select(DoubtfulLine.statement_line_id))
    states = dict(db.session.execute(select(StatementLine.id, StatementLine.state)).all())
    assert len(set(listed)) == len(listed)
    assert {states[line] for line in listed} <= {"imported", "break"}
    booked = select(func.count()).where(
        JournalEntry.kind.in_(("payout.confirmed", "payout.returned"))
    )
    matches = db.session.scalar(select(func.count()).select_from(ReconciliationMatch))
    assert db.session.scalar(booked) == matches == Counter(states.values())["matched"]
    db.session.rollback()


def run_killed(*, offset: int) -> list[str]:
    """Look up and book, killed on the way and taken up again, until it is through."""
    kills: list[str] = []
    moment, resume = 1 + offset, reconcile_all
    while True:
        point = killed_at(moment, resume)
        assert_agreed()
        if point is not None:
            kills.append(point)
            moment += STRIDE
        elif resume is reconcile_all:
            break
        # Whoever comes next: the runner with what is on the list, then another run.
        resume = book_found if point and resume is reconcile_all else reconcile_all
    assert killed_at(0, reconcile_all) is None
    assert_agreed()
    return kills


def test_matching_killed_anywhere_ends_as_if_it_was_not(officers, monkeypatch):
    kills: list[str] = []
    runs = 0
    while runs == 0 or len(kills) < KILLS:
        later = plant(officers)
        kills += run_killed(offset=runs % STRIDE)
        runs += 1
    causes = Counter(db.session.scalars(select(ReconciliationBreak.cause)))
    states = Counter(db.session.scalars(select(Payout.state)))
    assert causes == {"already_matched": runs, "amount_differs": runs, "no_such_payout": runs}
    assert states == {"confirmed": 3 * runs, "returned": runs, "sent": 2 * runs}
    print(f"{len(kills)} kills, {len(set(kills))} different moments, {runs} runs")

    # The control: were the money booked before its lines are tied to it, a kill shows it.
    monkeypatch.setattr(confirming, "_book", book_before_tying)
    with write_transaction():
        say(("600.00", "DBIT", later))
        find_matches(actor_id=None)
    with pytest.raises(AssertionError, match="without a bank line"):
        for moment in range(8, 60, 5):
            killed_at(moment, book_found)
            assert_agreed()


def book_before_tying(rows, actor_id):
    """The mistake the test must see: money is booked in a unit of work before its line is."""
    booked_on = {row.reference: row.booked_on for row in rows}
    entries = confirming.confirm_payouts(booked_on, actor_id=actor_id)
    db.session.commit()
    done = {row.line_id: entries[row.reference] for row in rows if row.reference in entries}
    confirming._write_matches(rows, done, actor_id)
    return done
