"""What goes into the trail cannot be taken out again: personal numbers never enter it."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.audit.queries import list_events_of
from marketplace.foundation.db import write_transaction
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
