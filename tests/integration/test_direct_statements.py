"""Statements run by the driver itself: in the session's transaction, refused in its words."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from marketplace.foundation import preparing
from marketplace.foundation.db import db, dialect_name, table_of, write_transaction
from marketplace.foundation.direct import Direct, ask, ask_together, is_among, whole_on_sqlite
from marketplace.ledger.models import Account, Period
from marketplace.ledger.operations import open_period
from tests.conftest import NOW
from tests.statements import statements

_PERIOD = table_of(Period)
RENAME = Direct(
    update(_PERIOD)
    .where(is_among(_PERIOD.c.id, "ids"))
    .values(code="2026-99")
    .returning(_PERIOD.c.id, _PERIOD.c.code, _PERIOD.c.first_on, _PERIOD.c.state)
)
BACKWARDS = Direct(
    text("UPDATE period SET last_on = '2000-01-01' RETURNING id").columns(id=BigInteger)
)
COUNT = Direct(text("SELECT count(*) AS found FROM account").columns(found=BigInteger))


@pytest.fixture
def period(app, now):
    with write_transaction():
        open_period(NOW.date())
    return db.session.query(Period).one()


def test_they_see_what_objects_wrote_and_are_undone_with_the_unit_of_work(period):
    number, first_on = period.id, period.first_on
    with pytest.raises(ZeroDivisionError), write_transaction() as session:
        session.add(Account(code="a:b", kind="a", side="debit", currency="CNY", guarded=False,
                            balance_fen=0, opened_at=NOW))  # fmt: skip
        with statements() as heard:
            [[counted], [renamed]] = ask_together((COUNT, {}), (RENAME, {"ids": [number, 0]}))
        assert len([one for one in heard if "count(*)" in one or "UPDATE period" in one]) == 2
        assert counted.found == 1, "what an object has to write comes first"
        assert renamed == (number, "2026-99", first_on, period.state)
        raise ZeroDivisionError
    assert ask(COUNT, {})[0].found == 0
    assert db.session.get_one(Period, number).code == "2026-11"


def test_what_the_database_refuses_is_told_as_ever_and_stops_what_comes_after(period):
    with pytest.raises(IntegrityError, match="dates"), write_transaction():
        ask_together((RENAME, {"ids": [period.id]}), (BACKWARDS, {}), (COUNT, {}))
    with pytest.raises(DBAPIError, match="nowhere"), write_transaction():
        ask(Direct(text("SELECT * FROM nowhere")), {})
    assert db.session.get_one(Period, period.id).code == "2026-11"
    with write_transaction():
        assert ask(RENAME, {"ids": [period.id]})[0].code == "2026-99"


def test_all_of_a_block_or_nothing(period):
    if dialect_name() != "sqlite":
        return
    with write_transaction():
        with pytest.raises(IntegrityError), whole_on_sqlite():
            ask(RENAME, {"ids": [period.id]})
            ask(BACKWARDS, {})
        assert db.session.scalar(text("SELECT code FROM period")) == "2026-11"


def test_a_connection_left_in_the_middle_is_not_used_again(period, monkeypatch):
    """Somebody else would read the answers that were meant for us."""
    if dialect_name() != "postgresql":
        return

    def interrupted(_server):
        raise KeyboardInterrupt

    for cut in (interrupted, lambda server: server.finish() or server.get_result()):
        with monkeypatch.context() as patched, write_transaction() as session:
            backend = session.scalar(text("SELECT pg_backend_pid()"))
            patched.setattr(preparing, "_results", cut)
            with pytest.raises((KeyboardInterrupt, OperationalError)):
                ask(COUNT, {})
            session.rollback()
            assert session.scalar(text("SELECT pg_backend_pid()")) != backend
        assert ask(COUNT, {})[0].found == 0
        db.session.rollback()


def test_they_are_prepared_again_when_psycopg_has_the_server_forget_all(period):
    if dialect_name() != "postgresql":
        return
    with write_transaction() as session:
        for _time in range(8):  # psycopg prepares what is asked the sixth time
            session.scalar(text("SELECT 1 AS asked_again_and_again"))
        assert ask(COUNT, {})[0].found == 0
        savepoint = session.begin_nested()
        savepoint.rollback()  # psycopg takes it for the end of the transaction
        assert session.scalar(text("SELECT 2 AS another")) == 2
        assert ask(COUNT, {})[0].found == 0
