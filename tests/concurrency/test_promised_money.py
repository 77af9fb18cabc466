"""Promised money lies in slots on PostgreSQL: who takes it does not wait for who took before.

The sum of the slots is what the books say, at every moment, and no more than it can be taken. The
control is the same movement on an account without slots, which does wait.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from random import Random

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import Account, BalanceSlot
from marketplace.ledger.operations import post_entries, post_entry, reverse_entry
from marketplace.ledger.queries import get_balance_fen, get_balances_fen, list_balances_fen
from tests.concurrency.races import race
from tests.conftest import NOW
from tests.factories import ledger as books

pytestmark = pytest.mark.usefixtures("now")

PROMISED_FEN = 1_700
SLOTS = 16


def take(number: int, fen: int, source: AccountName = books.COMMITTED) -> int:
    """Money of the allotment becomes owed, each time to another institution."""
    owed = AccountName("payable:institution", f"IN-{number}")
    return post_entry(
        books.move("voucher.redeemed", f"V-{number}", source, owed, fen), actor_id=None
    )


def violations() -> list[object]:
    return [violation for check in CHECKS for violation in check()]


@pytest.fixture
def promised(app):
    with write_transaction():
        books.funded(2 * PROMISED_FEN)
        books.commit_value(PROMISED_FEN)


def in_another(app, act):
    """What another connection gets, which waits for nobody longer than a moment."""

    def run():
        with app.app_context(), clock.frozen(NOW):
            try:
                with write_transaction():
                    db.session.execute(text("SET LOCAL lock_timeout = '300ms'"))
                    return act()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(1) as other:
        return other.submit(run).result(60)


@pytest.mark.postgres  # elsewhere one writes at a time
def test_who_takes_promised_money_passes_who_has_not_committed(app, promised):
    with write_transaction():
        take(1, 10)  # dealt out to the slots
    with write_transaction():
        take(2, 10)
        in_another(app, lambda: take(3, 20))
        assert in_another(app, lambda: get_balance_fen(books.COMMITTED)) == PROMISED_FEN - 30
    assert get_balance_fen(books.COMMITTED) == PROMISED_FEN - 40
    assert violations() == []


@pytest.mark.postgres
def test_money_that_is_not_promised_is_waited_for(app, promised):
    """The control: an account without slots is one row."""
    with write_transaction():
        take(1, 10, books.AVAILABLE)
        with pytest.raises(OperationalError, match="lock timeout"):
            in_another(app, lambda: take(3, 20, books.AVAILABLE))


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_all_slots_together_give_what_is_there_and_not_a_fen_more(promised, more):
    with write_transaction():
        take(1, 7)
    rest = PROMISED_FEN - 7
    if more <= 0:
        with write_transaction():
            take(2, rest + more)
        assert get_balance_fen(books.COMMITTED) == -more
    else:
        with pytest.raises(Refused) as refused, write_transaction():
            take(2, rest + more)
        assert refused.value.codes == ("balance_too_low",)
        assert refused.value.refusals[0].params["available"] == books.yuan(rest)
        assert get_balance_fen(books.COMMITTED) == rest
    assert violations() == []


def test_every_way_of_asking_adds_the_slots(promised):
    with write_transaction():
        take(1, 7)
    assert get_balance_fen(books.COMMITTED) == PROMISED_FEN - 7
    assert get_balances_fen("allotment:committed") == {"AL-1": PROMISED_FEN - 7}
    assert list_balances_fen([books.COMMITTED]) == {books.COMMITTED: PROMISED_FEN - 7}


def test_money_comes_back_and_is_promised_again(promised):
    """In and out in any order, by one entry and by many: the books agree after each."""
    chance = Random(8)  # noqa: S311  (amounts, not secrets)
    expected, taken = PROMISED_FEN, []
    for number in range(40):
        with write_transaction():
            if taken and chance.random() < 0.4:
                entry_id, fen = taken.pop()
                reverse_entry(entry_id, reason="typed wrong", actor_id=None)
                expected += fen
            elif expected > 100:
                fen = chance.choice([1, 30, expected // 3])
                taken.append((take(number, fen), fen))
                expected -= fen
        assert get_balance_fen(books.COMMITTED) == expected
    with write_transaction():
        owed = AccountName("payable:institution", "IN-1")
        drafts = [books.move("x", str(n), books.COMMITTED, owed, 1) for n in range(expected)]
        post_entries(drafts, actor_id=None)
    assert get_balance_fen(books.COMMITTED) == 0
    assert violations() == []


def test_many_who_take_the_last_of_it_never_overdraw(app, promised):
    """Sixteen at once, until long after there is nothing left."""
    answers = race(app, lambda number: take(number, 150), count=16)
    assert sum(isinstance(answer, int) for answer in answers) == PROMISED_FEN // 150
    assert get_balance_fen(books.COMMITTED) == PROMISED_FEN % 150
    assert violations() == []


@pytest.mark.postgres
def test_going_back_a_release_puts_the_slots_into_the_row(promised):
    with write_transaction():
        take(1, 7)
    assert db.session.scalar(select(func.sum(BalanceSlot.balance_fen))) > 0
    db.session.remove()
    downgrade(revision="0043")
    kept = select(Account.balance_fen).where(Account.code == books.COMMITTED.code)
    assert db.session.scalar(kept) == PROMISED_FEN - 7
    db.session.remove()
    upgrade()
    assert get_balance_fen(books.COMMITTED) == PROMISED_FEN - 7


@pytest.mark.postgres
def test_many_entries_at_once_and_one_after_the_other_do_not_wait_in_a_ring(app, promised):
    """Some hold the accounts of all their entries first, some take a slot; over one institution."""
    owed = AccountName("payable:institution", "IN-1")

    def book(number: int) -> int:
        drafts = [
            books.move("x", f"{number}-{n}", books.COMMITTED, owed, fen)
            for n, fen in enumerate([60, 1] if number % 2 else [20])
        ]
        if number % 2:
            db.session.execute(text("SELECT hold_accounts(ARRAY(SELECT id FROM account))"))
        return sum(post_entries(drafts, actor_id=None))

    with write_transaction():
        take(1, 700)
    answers = race(app, book, count=16)
    assert all(isinstance(answer, int) for answer in answers)
    assert get_balance_fen(books.COMMITTED) == PROMISED_FEN - 700 - 8 * 61 - 8 * 20
    assert violations() == []


def take_all_waiting(app, *, count: int):
    """Every slot is held by one who leaves too little in it, and `count` others come for that."""

    def run():
        with app.app_context(), clock.frozen(NOW):
            return race(app, lambda number: take(number + 200, 60), count=count)

    with write_transaction():
        take(1, 17)  # dealt out: 99 in each slot, 99 in the row
    with ThreadPoolExecutor(1) as others:
        with write_transaction():
            for number in range(SLOTS):
                take(100 + number, 60)
            racing = others.submit(run)
            while count_waiting() < count:
                assert not racing.done(), racing.result()
        return racing.result(60)


def count_waiting():
    with db.engine.connect() as another:
        return another.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))


@pytest.mark.postgres
def test_nobody_waits_for_a_slot_with_another_in_hand(app, promised):
    answers = take_all_waiting(app, count=SLOTS)
    taken = [answer for answer in answers if isinstance(answer, int)]
    left = PROMISED_FEN - 17 - SLOTS * 60
    assert len(taken) == left // 60
    assert set(answers) - set(taken) == {("balance_too_low",)}
    assert get_balance_fen(books.COMMITTED) == left % 60
    assert violations() == []


@pytest.mark.postgres
def test_waiting_for_slots_as_before_ends_in_a_ring(app, promised):
    """The control: the function of the release before."""
    before, now = (
        import_module(f"migrations.versions.{name}")
        for name in ("0044_slots_of_balances", "0047_slots_without_waiting")
    )
    database = db.session.scalar(text("SELECT current_database()"))
    db.session.rollback()

    def change(function, timeout):
        replacing = function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        with write_transaction():
            db.session.connection().exec_driver_sql(replacing.replace("%", "%%"))
            db.session.execute(text(f'ALTER DATABASE "{database}" {timeout}'))

    change(before.HOLD_SLOT, "SET deadlock_timeout = 20")
    try:
        with pytest.raises(OperationalError, match="deadlock"):
            take_all_waiting(app, count=SLOTS)
    finally:
        change(now.HOLD_SLOT, "RESET deadlock_timeout")
