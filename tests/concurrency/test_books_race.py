"""Many at once over few accounts: no overdraw, no lost posting, on both engines.

The negative control takes the guard off and must overdraw: the harness can see a race.
"""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import Account, Period, Posting
from marketplace.ledger.operations import (
    close_period,
    open_account,
    post_entry,
    reverse_entry,
    start_closing_period,
)
from marketplace.ledger.queries import get_balance_fen
from tests.conftest import NOW
from tests.factories import ledger as books

THREADS = 64
ENTRIES = 8
ALLOTMENTS = [AccountName("allotment:available", f"AL-{number}") for number in range(3)]
EACH_FEN = 60


def _at_once(app, act, threads=THREADS):
    """Start all threads on one barrier; count how each of their acts ended."""
    barrier = Barrier(threads)

    def run(number):
        with app.app_context(), clock.frozen(NOW):
            barrier.wait(timeout=30)
            ended = Counter(act(number, step) for step in range(ENTRIES))
            db.session.remove()
            return ended

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(run, range(threads)), Counter())


def _spend_one(number, step):
    """One fen from one allotment to another account; several allotments, any order."""
    source = random.Random(number * 100 + step).choice(ALLOTMENTS)
    committed = AccountName("allotment:committed", source.key)
    for _attempt in range(20):
        try:
            with write_transaction():
                post_entry(
                    books.move("voucher.issued", f"V-{number}-{step}", source, committed, 1),
                    actor_id=None,
                )
        except Refused as refused:
            return refused.codes[0]
        except OperationalError:  # the database asks to try again
            continue
        return "booked"
    return "gave up"


@pytest.fixture
def three_allotments(app, now):
    with write_transaction():
        books.appropriate(EACH_FEN * len(ALLOTMENTS))
        for account in ALLOTMENTS:
            books.allot(EACH_FEN, account.key, account)


def _balances():
    return [get_balance_fen(account) for account in ALLOTMENTS]


def _violations():
    return [violation for check in CHECKS for violation in check()]


@pytest.mark.slow
def test_many_spenders_never_overdraw(app, three_allotments):
    ended = _at_once(app, _spend_one)
    spent = EACH_FEN * len(ALLOTMENTS)
    assert ended == {"booked": spent, "balance_too_low": THREADS * ENTRIES - spent}
    assert _balances() == [0, 0, 0]
    debits, credits_ = db.session.execute(
        select(func.sum(Posting.debit_fen), func.sum(Posting.credit_fen))
    ).one()
    assert debits == credits_
    assert books.counts() == (4 + spent, 2 * (4 + spent))
    assert _violations() == []


def test_without_the_guard_the_same_spenders_overdraw(app, three_allotments):
    """The negative control."""
    with db.engine.begin() as connection:
        on = "" if connection.dialect.name == "sqlite" else " ON account"
        connection.execute(text(f"DROP TRIGGER account_keeps_its_nature{on}"))
        connection.execute(
            text("UPDATE account SET guarded = false WHERE kind = 'allotment:available'")
        )
    ended = _at_once(app, _spend_one, threads=32)
    assert ended == {"booked": 32 * ENTRIES}
    assert min(_balances()) < 0
    assert any(violation.invariant == "chart of accounts" for violation in _violations())


def test_two_openers_of_one_account_get_the_same(app, now):
    numbers = []

    def open_one(_number, step):
        with write_transaction():
            numbers.append((step, open_account(AccountName("fund:unallotted", f"F{step}"),
                                               currency="CNY")))  # fmt: skip
        return "opened"

    assert _at_once(app, open_one, threads=16) == {"opened": 16 * ENTRIES}
    assert len(set(numbers)) == ENTRIES
    assert db.session.scalar(select(func.count()).select_from(Account)) == ENTRIES


def test_one_event_from_many_is_booked_once(app, now):
    with write_transaction():
        books.funded(ENTRIES)

    def book_same(_number, step):
        with write_transaction():
            return books.commit_value(1, f"VC-{step}")

    ended = _at_once(app, book_same, threads=16)
    assert len(ended) == ENTRIES
    assert get_balance_fen(books.COMMITTED) == ENTRIES
    assert _violations() == []


def test_many_reversals_of_one_entry_reverse_it_once(app, now):
    with write_transaction():
        books.funded(100)
        entry_id = books.commit_value(30)

    def undo(_number, _step):
        try:
            with write_transaction():
                reverse_entry(entry_id, reason="typed wrong", actor_id=None)
        except Refused as refused:
            return refused.codes[0]
        return "reversed"

    ended = _at_once(app, undo, threads=16)
    assert ended == {"reversed": 1, "already_reversed": 16 * ENTRIES - 1}
    assert get_balance_fen(books.AVAILABLE) == 100


def test_opposite_orders_do_not_deadlock(app, now):
    """A pays B while B pays A: accounts are touched in one order, so nobody waits in a ring."""
    first, second = ALLOTMENTS[:2]
    with write_transaction():
        books.appropriate(2_000)
        books.allot(1_000, "1", first)
        books.allot(1_000, "2", second)

    def swap(number, step):
        source, target = (first, second) if number % 2 else (second, first)
        with write_transaction():
            post_entry(books.move("x", f"{number}-{step}", source, target, 1), actor_id=None)
        return "booked"

    assert _at_once(app, swap, threads=32) == {"booked": 32 * ENTRIES}
    assert get_balance_fen(first) + get_balance_fen(second) == 2_000


def test_nothing_slips_into_a_month_that_closes(app, now):
    with write_transaction():
        books.funded(1_000)
    with clock.frozen(NOW.replace(month=12)), write_transaction():
        start_closing_period("2026-11", actor_id=1)

    def book_or_close(number, step):
        try:
            with write_transaction():
                if (number, step) == (7, 4):
                    with clock.frozen(NOW.replace(month=12)):
                        close_period("2026-11", actor_id=2)
                    return "closed"
                books.commit_value(1, f"V-{number}-{step}")
        except Refused as refused:
            return refused.codes[0]
        return "booked"

    ended = _at_once(app, book_or_close, threads=16)
    assert ended["closed"] == 1
    assert ended["booked"] + ended["period_closed"] == 16 * ENTRIES - 1
    assert ended["period_closed"] > 0
    with pytest.raises(Refused), write_transaction():
        books.commit_value(1, "too-late")
    assert get_balance_fen(books.COMMITTED) == ended["booked"]
    assert db.session.scalars(select(Period.state)).one() == "closed"


def test_entry_numbers_are_never_shared(app, now):
    with write_transaction():
        books.funded(THREADS * ENTRIES)

    def book(number, step):
        with write_transaction():
            books.commit_value(1, f"V-{number}-{step}")
        return "booked"

    assert _at_once(app, book, threads=16) == {"booked": 16 * ENTRIES}
    sizes = db.session.scalars(select(func.count()).select_from(Posting).group_by(Posting.entry_id))
    assert set(sizes) == {2}
