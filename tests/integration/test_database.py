"""The database on both engines: units of work, and no way round them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction


def _record() -> None:
    record_event("thing.done", subject_kind="thing", subject_code="T-1", actor_id=None)


def _count() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_a_unit_of_work_is_kept(app):
    with write_transaction():
        _record()
    assert _count() == 1


def test_an_error_undoes_all_of_it(app):
    with pytest.raises(RuntimeError), write_transaction():
        _record()
        raise RuntimeError
    assert _count() == 0


def test_units_of_work_do_not_nest(app):
    with pytest.raises(RuntimeError), write_transaction(), write_transaction():
        pass


def test_rows_are_not_written_outside(app):
    db.session.add(
        AuditEvent(
            at=clock.now(), actor_id=None, event="x", subject_kind="x", subject_code="x", details={}
        )
    )
    with pytest.raises(RuntimeError):
        db.session.flush()
    db.session.rollback()
