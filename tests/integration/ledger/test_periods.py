"""A month closes with two signatures and stays closed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.audit.models import AuditEvent
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.ledger.models import Period
from marketplace.ledger.operations import close_period, post_entry, start_closing_period
from tests.factories import ledger as books

DECEMBER = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def november(app, now):
    with write_transaction():
        books.funded(100)


def _state():
    return db.session.scalars(select(Period.state)).one()


def _close():
    with clock.frozen(DECEMBER), write_transaction():
        start_closing_period("2026-11", actor_id=1)
    with clock.frozen(DECEMBER), write_transaction():
        close_period("2026-11", actor_id=2)


def _codes(act, *args, at=DECEMBER, **kwargs):
    with clock.frozen(at), pytest.raises(Refused) as refused, write_transaction():
        act(*args, **kwargs)
    return refused.value.codes


def test_the_first_entry_of_a_month_opens_it(app):
    period = db.session.scalars(select(Period)).one()
    assert (period.code, period.first_on.day, period.last_on.day) == ("2026-11", 1, 30)
    assert period.state == "open"


def test_two_people_close_a_month(app):
    _close()
    assert _state() == "closed"
    events = db.session.scalars(select(AuditEvent.event).order_by(AuditEvent.id)).all()
    assert events == ["period.closing", "period.closed"]


def test_the_same_person_cannot_sign_twice(app):
    with clock.frozen(DECEMBER), write_transaction():
        start_closing_period("2026-11", actor_id=1)
    assert _codes(close_period, "2026-11", actor_id=1) == ("same_person",)
    assert _state() == "closing"


def test_the_database_wants_two_people_as_well(app):
    with pytest.raises(DBAPIError, match="two_people"), write_transaction():
        db.session.execute(
            text(
                "UPDATE period SET state = 'closed', closing_by = 1, closed_by = 1,"
                " closed_at = '2026-12-03 00:00:00'"
            )
        )


def test_one_signature_is_not_enough(app):
    assert _codes(close_period, "2026-11", actor_id=2) == ("state_forbids",)


def test_a_month_that_is_not_over_cannot_close(app, now):
    assert _codes(start_closing_period, "2026-11", actor_id=1, at=now) == ("period_not_over",)


def test_a_closing_month_still_takes_entries_and_a_closed_one_does_not(app):
    with clock.frozen(DECEMBER), write_transaction():
        start_closing_period("2026-11", actor_id=1)
        books.commit_value(1, "last")
    with clock.frozen(DECEMBER), write_transaction():
        close_period("2026-11", actor_id=2)
    before = books.counts()
    assert _codes(books.commit_value, 1, "late") == ("period_closed",)
    assert books.counts() == before


def test_a_correction_goes_into_an_open_month(app):
    with write_transaction():
        entry_id = books.commit_value(30)
    _close()
    from marketplace.ledger.operations import reverse_entry

    with clock.frozen(DECEMBER), write_transaction():
        reverse_entry(entry_id, reason="found in december", actor_id=None)
    assert sorted(db.session.scalars(select(Period.code))) == ["2026-11", "2026-12"]


def test_a_retry_of_an_entry_in_a_closed_month_gets_it_back(app):
    with write_transaction():
        entry_id = books.commit_value(30)
    _close()
    with clock.frozen(DECEMBER), write_transaction():
        assert books.commit_value(30) == entry_id


@pytest.mark.parametrize("statement", ["UPDATE period SET state = 'open'", "DELETE FROM period"])
def test_a_closed_month_is_not_opened_by_hand(app, statement):
    _close()
    with pytest.raises(DBAPIError), write_transaction():
        db.session.execute(text(statement))
    assert _state() == "closed"


def test_an_unknown_month_is_not_found(app):
    with pytest.raises(NotFound), write_transaction():
        close_period("1999-01", actor_id=1)


def test_closing_one_month_leaves_the_next_alone(app):
    _close()
    december = books.move("x", "1", books.AVAILABLE, books.COMMITTED, 1)
    object.__setattr__(december, "effective_on", DECEMBER.date())
    with clock.frozen(DECEMBER), write_transaction():
        post_entry(december, actor_id=None)
