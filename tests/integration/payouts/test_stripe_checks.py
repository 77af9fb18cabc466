"""Messages applied twice and transfers that are not there, planted in the rows, are found."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.payouts.checks import CHECKS
from marketplace.payouts.transfers.checks import TRANSFER_CHECKS
from tests.factories.corruption import damage, guards_off
from tests.factories.settlement import make_officers
from tests.factories.stripe import make_stripe_batch, run_transfers, stripe_in_use

EVENT = (
    "INSERT INTO stripe_event (event_id, kind, payload_sha256, created_at, received_at, outcome,"
    " payout_attempt_id) SELECT '{name}', 'transfer.created', 'x', '{at}', '{at}', '{outcome}',"
    " {to} FROM payout_attempt ORDER BY id LIMIT 1"
)
AT = "2026-11-20 00:00:00.000000+00:00"


def _event(name: str, outcome: str = "confirmed", to: str = "id") -> str:
    return EVENT.format(name=name, outcome=outcome, to=to, at=AT)


PLANTED = {
    "confirmed by two messages": ([_event("evt_1"), _event("evt_2")], "by 2 messages"),
    "returned, says the message": ([_event("evt_1", "returned")], "booked: confirmed"),
    "confirmed nothing": ([_event("evt_1", to="NULL")], "booked: None"),
    "confirmed without transfer": (
        ["UPDATE stripe_transfer SET transfer_id = NULL"],
        "through stripe: None",
    ),
    "a transfer for the bank file": (
        ["UPDATE payout_batch SET rail = 'bank_file'"],
        "through bank_file",
    ),
}


@pytest.fixture(autouse=True)
def paid(app, now):
    with stripe_in_use() as simulator:
        with write_transaction():
            make_stripe_batch(simulator, make_officers(), (120_000,))
        run_transfers()
        yield


def _found() -> list[str]:
    return [violation.detail for check in TRANSFER_CHECKS for violation in check()]


def test_the_checks_of_transfers_are_among_those_of_payouts():
    assert set(TRANSFER_CHECKS) < set(CHECKS)
    assert _found() == []


@pytest.mark.parametrize("case", PLANTED, ids=str)
def test_what_was_planted_is_found(case):
    statements, detail = PLANTED[case]
    with guards_off():
        for statement in statements:
            damage(statement)
    assert [found for found in _found() if detail in found] == _found() != []


@pytest.mark.sqlite
def test_a_message_twice_is_found():
    with guards_off():
        damage("CREATE TABLE copied AS SELECT * FROM stripe_event")
        damage("DROP TABLE stripe_event")
        damage("ALTER TABLE copied RENAME TO stripe_event")
        for _time in range(2):
            damage(_event("evt_1", "ignored", "NULL"))
    assert "taken in 2 times" in _found()


def test_a_guard_that_is_gone_is_found():
    on = "" if dialect_name() == "sqlite" else " ON stripe_transfer"
    with write_transaction():
        db.session.execute(text(f"DROP TRIGGER stripe_transfer_stays{on}"))
    assert _found() == ["missing or switched off"]
