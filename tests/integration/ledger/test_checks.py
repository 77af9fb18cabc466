"""Corruptions planted behind the guards' back: every one is found, and nothing else is."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.ledger import checks as ledger_checks
from marketplace.ledger.operations import post_entry, reverse_entry
from marketplace.reporting.invariants import check_books, entries_have_a_known_kind
from tests.factories import ledger as books
from tests.factories.corruption import damage, guards_off
from tests.kept import kept

AVAILABLE = f"(SELECT id FROM account WHERE code = '{books.AVAILABLE.code}')"
HEADER = "INSERT INTO journal_entry (id, kind, key, currency, effective_on, posted_at, reverses_id)"
POSTING = "INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)"


@pytest.fixture(autouse=True)
@kept
def some_books(app, now):
    """Entries 1 and 2 fund an allotment, 3 commits 30, 4 commits 20, 5 reverses 4."""
    with write_transaction():
        books.funded(100)
        books.commit_value(30)
        reverse_entry(books.commit_value(20, "VC-2"), reason="typed wrong", actor_id=None)


def found() -> set[tuple[str, str]]:
    """Invariant and subject, of the ledger's own checks: the test's objects are made up."""
    checks = (*ledger_checks.CHECKS, entries_have_a_known_kind)
    return {(violation.invariant, violation.subject) for check in checks for violation in check()}


def test_books_written_by_the_product_are_right(app):
    assert found() == set()
    assert check_books().entries == 5
    assert check_books().postings == 10


PLANTED = {
    "amount of a posting raised": (
        ["UPDATE posting SET debit_fen = debit_fen + 1 WHERE entry_id = 3 AND debit_fen > 0"],
        "1 entry balances",
    ),
    "both sides of an entry raised": (
        [
            "UPDATE posting SET debit_fen = 31 WHERE entry_id = 3 AND debit_fen > 0",
            "UPDATE posting SET credit_fen = 31 WHERE entry_id = 3 AND credit_fen > 0",
        ],
        "balance is the sum of postings",
    ),
    "a posting deleted": (
        ["DELETE FROM posting WHERE entry_id = 3 AND debit_fen > 0"],
        "1 entry balances",
    ),
    "all postings of an entry deleted": (
        ["DELETE FROM posting WHERE entry_id = 3"],
        "1 entry balances",
    ),
    "an entry deleted, its postings left": (
        ["DELETE FROM journal_entry WHERE id = 3"],
        "4 nothing is removed",
    ),
    "a whole entry deleted": (
        ["DELETE FROM posting WHERE entry_id = 3", "DELETE FROM journal_entry WHERE id = 3"],
        "balance is the sum of postings",
    ),
    "a posting added to a complete entry": (
        [f"{POSTING} SELECT 3, id, 0, 1 FROM account WHERE code = '{books.UNALLOTTED.code}'"],
        "2 trial balance",
    ),
    "an account removed": (
        [f"DELETE FROM account WHERE id = {AVAILABLE}"],
        "4 nothing is removed",
    ),
    "a balance raised by hand": (
        [f"UPDATE account SET balance_fen = balance_fen + 1 WHERE id = {AVAILABLE}"],
        "balance is the sum of postings",
    ),
    "a slot filled by hand": (
        [
            "INSERT INTO balance_slot SELECT id, 15, 5 FROM account"
            f" WHERE code = '{books.AVAILABLE.code}'"
        ],
        "balance is the sum of postings",
    ),
    "money moved between two balances": (
        [
            f"UPDATE account SET balance_fen = balance_fen - 5 WHERE id = {AVAILABLE}",
            f"UPDATE account SET balance_fen = balance_fen + 5 "
            f"WHERE code = '{books.COMMITTED.code}'",
        ],
        "balance is the sum of postings",
    ),
    "a guard taken from an account": (
        [f"UPDATE account SET guarded = false WHERE id = {AVAILABLE}"],
        "chart of accounts",
    ),
    "an account turned round": (
        [f"UPDATE account SET side = 'debit' WHERE id = {AVAILABLE}"],
        "chart of accounts",
    ),
    "an account of no known kind": (
        [f"UPDATE account SET kind = 'petty:cash' WHERE id = {AVAILABLE}"],
        "chart of accounts",
    ),
    "an account in another currency": (
        [f"UPDATE account SET currency = 'USD' WHERE id = {AVAILABLE}"],
        "1 one currency",
    ),
    "a negative amount": (
        ["UPDATE posting SET debit_fen = -30 WHERE entry_id = 3 AND debit_fen > 0"],
        "3 amount",
    ),
    "an amount beyond bounds": (
        ["UPDATE posting SET debit_fen = 10000000000001 WHERE entry_id = 3 AND debit_fen > 0"],
        "3 amount",
    ),
    "both sides filled": (
        ["UPDATE posting SET credit_fen = 30 WHERE entry_id = 3 AND debit_fen > 0"],
        "3 amount",
    ),
    "a kind nobody knows": (
        ["UPDATE journal_entry SET kind = 'voucher.gifted' WHERE id = 3"],
        "17 business cause",
    ),
    "a reversal of a reversal": (
        ["UPDATE journal_entry SET reverses_id = 5 WHERE id = 3"],
        "18 reversal",
    ),
    "a reversal of another amount": (
        [
            "UPDATE posting SET debit_fen = 19 WHERE entry_id = 5 AND debit_fen > 0",
            "UPDATE posting SET credit_fen = 19 WHERE entry_id = 5 AND credit_fen > 0",
        ],
        "18 reversal",
    ),
    "an entry from the future": (
        ["UPDATE journal_entry SET posted_at = '2031-01-01 00:00:00.000000' WHERE id = 3"],
        "34 clock",
    ),
    "a closed month written into": (
        [
            "UPDATE period SET state = 'closed', closing_by = 1, closed_by = 2,"
            " closed_at = '2026-11-01 00:00:00.000000'"
        ],
        "closed period",
    ),
}


@pytest.mark.parametrize("case", PLANTED, ids=str)
def test_planted_damage_is_found(app, case):
    statements, invariant = PLANTED[case]
    with guards_off():
        for statement in statements:
            damage(statement)
    assert invariant in {name for name, _subject in found()}


def test_a_dropped_guard_is_found(app):
    table = "" if dialect_name() == "sqlite" else " ON journal_entry"
    with db.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER journal_entry_proved{table}"))
    assert found() == {("4 guards in place", "trigger journal_entry_proved")}


@pytest.mark.postgres
def test_a_guard_switched_off_is_found(app):
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE posting DISABLE TRIGGER posting_append_only"))
    assert found() == {("4 guards in place", "trigger posting_append_only")}


@pytest.mark.postgres
def test_an_event_booked_twice_is_found(app):
    with guards_off():
        damage("ALTER TABLE journal_entry DROP CONSTRAINT uq_journal_entry_kind_key")
        damage("UPDATE journal_entry SET key = 'VC-1' WHERE id = 4")
    assert ("16 booked once", "voucher.issued VC-1") in found()


@pytest.mark.sqlite  # elsewhere the column holds whole numbers only
def test_parts_of_a_fen_are_found(app):
    with guards_off():
        damage("UPDATE posting SET debit_fen = 30.5 WHERE entry_id = 3 AND debit_fen > 0")
        damage("UPDATE posting SET credit_fen = 30.5 WHERE entry_id = 3 AND credit_fen > 0")
    assert "3 amount" in {name for name, _subject in found()}


def test_the_command_answers_as_scripts_expect(app):
    """One JSON document on stdout; exit 0 when right, 1 when not."""
    runner = app.test_cli_runner()
    with guards_off():
        damage(f"UPDATE account SET balance_fen = 71 WHERE id = {AVAILABLE}")
    wrong = runner.invoke(args=["ledger", "check", "--json"])
    assert wrong.exit_code == 1
    document = json.loads(wrong.stdout)
    assert set(document) == {"ok", "entries", "postings", "violations"}
    assert document["ok"] is False
    assert {
        "invariant": "balance is the sum of postings",
        "subject": books.AVAILABLE.code,
        "detail": "71 kept, 70 posted",
    } in document["violations"]
    for_people = runner.invoke(args=["ledger", "check"])
    assert for_people.exit_code == 1
    assert "71 kept, 70 posted" in for_people.stdout


def test_empty_books_are_right(app):
    """An entry nobody wrote is no violation: the command exits 0 on a new database."""
    with guards_off():
        for table in ("posting", "journal_entry", "account"):
            damage(f"DELETE FROM {table}")
    done = app.test_cli_runner().invoke(args=["ledger", "check", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["ok"]) == (0, True)


def test_an_entry_of_two_events_at_once_is_still_two_postings(app):
    """The control for the planted cases: one more honest entry changes nothing."""
    with write_transaction():
        post_entry(
            books.move("voucher.redeemed", "VC-1", books.COMMITTED, books.PAYABLE, 30),
            actor_id=None,
        )
    assert found() == set()
