"""The books attacked by raw SQL: the database itself says no, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.audit.operations import record_event
from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.ledger.operations import post_entry
from marketplace.ledger.queries import get_balance_fen
from tests.factories import ledger as books
from tests.kept import kept


@pytest.fixture(autouse=True)
@kept
def some_books(app, now):
    """100 in the allotment, 30 of it committed."""
    with write_transaction():
        books.funded(100)
        books.commit_value(30)
        record_event("x.done", subject_kind="x", subject_code="1", actor_id=None)


def _refused(*steps):
    """All steps in one unit of work end in the database's refusal, and nothing is changed."""
    before = books.counts(), get_balance_fen(books.AVAILABLE)
    with pytest.raises(DBAPIError) as error, write_transaction():
        for step in steps:
            if callable(step):
                step()
            else:
                db.session.execute(text(step))
    assert (books.counts(), get_balance_fen(books.AVAILABLE)) == before
    return str(error.value.orig)


def _entry(*lines, header=True, **more):
    def write():
        number = books.draw_number()
        for line in lines:
            books.raw_posting(number, *line)
        if header:
            books.raw_header(number, **more)

    return write


def test_a_right_entry_by_hand_is_taken(app):
    """The control: the harness below can write, so its refusals mean something."""
    with write_transaction():
        _entry((books.AVAILABLE, 5, 0), (books.COMMITTED, 0, 5))()
    assert get_balance_fen(books.AVAILABLE) == 65


def test_an_unbalanced_entry():
    lines = (books.AVAILABLE, 5, 0), (books.COMMITTED, 0, 6)
    assert "does not balance" in _refused(_entry(*lines))


def test_an_entry_with_one_posting():
    assert "fewer than two" in _refused(_entry((books.COMMITTED, 0, 6)))


def test_an_entry_with_none():
    assert "fewer than two" in _refused(_entry())


def test_postings_without_header_do_not_survive_the_commit():
    lines = (books.AVAILABLE, 5, 0), (books.COMMITTED, 0, 5)
    assert "foreign key" in _refused(_entry(*lines, header=False)).lower()


def test_a_posting_added_later():
    assert "complete" in _refused(lambda: books.raw_posting(3, books.UNALLOTTED, 0, 5))


@pytest.mark.postgres  # SQLite has one writer at a time: nobody else is writing
def test_a_posting_under_a_number_drawn_by_somebody_else(app):
    def slip_in():
        books.draw_number()
        books.raw_posting(10_000, books.AVAILABLE, 5, 0)

    assert "not drawn here" in _refused(slip_in)


def test_an_account_twice_in_an_entry():
    lines = (books.AVAILABLE, 5, 0), (books.AVAILABLE, 0, 5)
    assert _refused(_entry(*lines))


@pytest.mark.parametrize(
    ("debit_fen", "credit_fen"),
    [(0, 0), (-5, 0), (5, 5), (5, -5), (10**13 + 1, 0), (None, 5)],
    ids=["nothing", "negative", "both sides", "one negative", "huge", "null"],
)
def test_a_posting_that_is_no_amount(debit_fen, credit_fen):
    lines = (books.COMMITTED, debit_fen, credit_fen), (books.AVAILABLE, credit_fen, debit_fen)
    assert _refused(_entry(*lines))


@pytest.mark.sqlite  # elsewhere the column rounds: a whole number is stored
def test_a_posting_in_parts_of_a_fen():
    assert _refused(_entry((books.AVAILABLE, 1.5, 0), (books.COMMITTED, 0, 1.5)))


def test_a_posting_that_is_no_number():
    amount = "abc"
    assert _refused(_entry((books.AVAILABLE, amount, 0), (books.COMMITTED, 0, amount)))


def test_a_mixed_currency():
    lines = (books.AVAILABLE, 5, 0), (books.COMMITTED, 0, 5)
    assert "currencies" in _refused(_entry(*lines, currency="USD"))


def test_a_guarded_account_below_zero():
    lines = (books.AVAILABLE, 71, 0), (books.COMMITTED, 0, 71)
    assert "balance_not_negative" in _refused(_entry(*lines))


def test_the_same_event_twice():
    lines = (books.AVAILABLE, 5, 0), (books.COMMITTED, 0, 5)
    assert _refused(_entry(*lines, kind="voucher.issued", key="VC-1"))


@pytest.mark.parametrize(
    "lines",
    [
        [(books.AVAILABLE, 0, 29), (books.COMMITTED, 29, 0)],
        [(books.AVAILABLE, 30, 0), (books.COMMITTED, 0, 30)],
        [(books.AVAILABLE, 0, 30), (books.COMMITTED, 29, 0), (books.UNALLOTTED, 1, 0)],
        [(books.UNALLOTTED, 0, 30), (books.COMMITTED, 30, 0)],
    ],
    ids=["other amount", "same side", "extra line", "other account"],
)
def test_a_reversal_that_is_not_the_exact_negative(lines):
    assert _refused(_entry(*lines, reverses_id=3))


def test_a_reversal_by_hand_of_a_reversal():
    mirror = (books.AVAILABLE, 0, 30), (books.COMMITTED, 30, 0)
    with write_transaction():
        _entry(*mirror, reverses_id=3)()
    back = (books.AVAILABLE, 30, 0), (books.COMMITTED, 0, 30)
    assert "exact negative" in _refused(_entry(*back, key="2", reverses_id=4))
    with pytest.raises(DBAPIError), write_transaction():
        _entry(*mirror, key="3", reverses_id=3)()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET memo = 'other'",
        "UPDATE posting SET debit_fen = debit_fen + 1 WHERE debit_fen > 0",
        "UPDATE audit_event SET reason = 'other'",
        "DELETE FROM posting",
        "DELETE FROM journal_entry",
        "DELETE FROM audit_event",
    ],
)
def test_history_is_not_edited(statement):
    assert "append-only" in _refused(statement)


@pytest.mark.parametrize("table", ["journal_entry", "posting", "audit_event", "account", "period"])
@pytest.mark.postgres
def test_history_is_not_emptied(table):
    assert "append-only" in _refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.sqlite  # there is no REPLACE elsewhere
@pytest.mark.parametrize("act", ["INSERT OR REPLACE", "REPLACE"])
@pytest.mark.parametrize("pragma", ["ON", "OFF"])
def test_history_is_not_replaced(act, pragma):
    db.session.execute(text(f"PRAGMA recursive_triggers={pragma}"))
    for table, change in (
        ("journal_entry", "memo = 'other'"),
        ("audit_event", "reason = 'other'"),
        ("posting", "debit_fen = 31"),
        ("account", "balance_fen = 0"),
    ):
        column, _, value = change.partition(" = ")
        names = [row[1] for row in db.session.execute(text(f"PRAGMA table_info({table})"))]
        chosen = ", ".join(value if name == column else name for name in names)
        _refused(
            f"PRAGMA recursive_triggers={pragma}",
            f"{act} INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table}",
        )


@pytest.mark.parametrize("fen", [0, 69, 71, 10**9])
def test_a_balance_edited_by_hand(fen):
    statement = f"UPDATE account SET balance_fen = {fen} WHERE code = '{books.AVAILABLE.code}'"
    assert "postings only" in _refused(statement)


INSERT_SLOT = f"""
    INSERT INTO balance_slot SELECT id, 15, 5 FROM account WHERE code = '{books.AVAILABLE.code}'
"""


def test_a_slot_of_a_balance_added_by_hand():
    assert "postings only" in _refused(INSERT_SLOT)


@pytest.mark.postgres  # elsewhere there are none
@pytest.mark.parametrize(
    "act",
    [
        "UPDATE balance_slot SET balance_fen = 5",
        "DELETE FROM balance_slot",
        "TRUNCATE balance_slot",
    ],
)
def test_a_slot_of_a_balance_edited_by_hand(act):
    with write_transaction():
        post_entry(books.move("x", "1", books.COMMITTED, books.PAYABLE, 1), actor_id=None)
    assert "postings only" in _refused(act.format("balance_slot"))


@pytest.mark.parametrize(
    "change",
    ["guarded = false", "side = 'debit'", "currency = 'USD'", "code = 'other'", "kind = 'other'"],
)
def test_an_account_changing_its_nature(change):
    statement = f"UPDATE account SET {change} WHERE code = '{books.AVAILABLE.code}'"
    assert "nature" in _refused(statement)


def test_an_account_deleted():
    assert _refused("DELETE FROM account")


def test_an_account_opened_with_money_in_it():
    statement = (
        "INSERT INTO account (code, kind, side, currency, guarded, balance_fen, opened_at) VALUES"
        " ('x:1', 'x', 'credit', 'CNY', true, 5, '2026-11-20 00:00:00')"
    )
    assert "opened empty" in _refused(statement)


def test_foreign_keys_and_triggers_are_on(app):
    if dialect_name() == "postgresql":
        assert db.session.scalar(text("SHOW session_replication_role")) == "origin"
        return
    assert db.session.scalar(text("PRAGMA foreign_keys")) == 1
    assert db.session.scalar(text("PRAGMA recursive_triggers")) == 1
    assert db.session.scalar(text("PRAGMA ignore_check_constraints")) == 0
