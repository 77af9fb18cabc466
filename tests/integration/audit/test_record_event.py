"""What goes into the trail cannot be taken out again: personal numbers never enter it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from marketplace.audit.models import KeptAnswer
from marketplace.audit.operations import insert_with_event, record_event
from marketplace.audit.queries import list_events_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of, write_transaction
from marketplace.foundation.paging import PageRequest


def test_a_reason_loses_the_numbers_of_people(app):
    with write_transaction():
        record_event(
            "test.done",
            subject_kind="test",
            subject_code="T-1",
            actor_id=None,
            reason="核对13800138000，990101199005170015，2026-11-22",
        )
        record_event("test.done", subject_kind="test", subject_code="T-2", actor_id=None)
    assert reason_of("T-1") == "核对****00，****15，2026-11-22"
    assert reason_of("T-2") is None


def reason_of(code):
    return list_events_of("test", code, PageRequest()).items[0].reason


def test_a_row_and_its_event_are_saved_together_or_not_at_all(app):
    kept = table_of(KeptAnswer)
    statement = insert(kept).returning(kept.c.id)

    def write(code):
        row = {"actor_id": 1, "operation": "test", "key": code, "fingerprint": "f"}
        row |= {"answer": {"words": "好"}, "status_code": 200, "kept_at": clock.now()}
        return insert_with_event(
            statement,
            row,
            "test.done",
            subject_kind="test",
            subject_code=code,
            actor_id=None,
            details={"value_fen": 7},
        )

    with write_transaction():
        number = write("T-3")
    assert db.session.execute(select(kept.c.id, kept.c.answer)).all() == [(number, {"words": "好"})]
    (event,) = list_events_of("test", "T-3", PageRequest()).items
    assert (event.event, event.details) == ("test.done", {"value_fen": 7})
    with pytest.raises(ZeroDivisionError), write_transaction():
        assert write("T-4") > number
        raise ZeroDivisionError
    assert db.session.scalars(select(kept.c.key)).all() == ["T-3"]
    assert not list_events_of("test", "T-4", PageRequest()).items
