"""The database on both engines: units of work, and no way round them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.models import AuditEvent
from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db, write_transaction
from marketplace.imports.models import ImportFile
from marketplace.jurisdictions.models import Jurisdiction
from tests.conftest import fresh_database, laid_out
from tests.factories.funds import make_place


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


def _make_place_code() -> str:
    return make_place().code


def test_a_test_leaves_nothing_to_the_next(engine_name):
    with fresh_database(engine_name):
        first_id = _saved_event_id()
        with write_transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = 'x'"))
    with fresh_database(engine_name):
        assert _count() == 0
        assert _saved_event_id() == first_id, "keys start again"
        assert db.session.scalar(text("SELECT version_num FROM alembic_version")) != "x"
        with write_transaction() as session:
            session.execute(text("DROP TABLE passkey"))
    with fresh_database(engine_name):
        assert inspect(db.engine).has_table("passkey")


def test_a_world_is_laid_out_as_it_was_made(engine_name):
    with fresh_database(engine_name):
        code = laid_out(_make_place_code)
        made = _everything()
    with fresh_database(engine_name):
        assert laid_out(_make_place_code) == code
        assert _everything() == made
        with write_transaction():
            assert make_place("220100", "长春市").id > max(row[0] for row in made["jurisdiction"])


def _saved_event_id() -> int:
    with write_transaction():
        _record()
    return db.session.scalars(select(AuditEvent.id)).one()


def _everything() -> dict[str, list[tuple]]:
    return {
        table.name: sorted((tuple(row) for row in db.session.execute(select(table))), key=str)
        for table in db.metadata.sorted_tables
    }


ODD = "tab\there, line\nbreak, back\\slash \\N, 中文 'quote' \"double\""


def test_rows_in_bulk_come_back_as_they_were_given(app):
    given = {
        "at": clock.now(), "actor_id": None, "event": ODD, "subject_kind": "x",
        "subject_code": r"\.", "details": {"odd": ODD, "none": None, "yes": True},
    }  # fmt: skip
    with write_transaction():
        insert_rows(AuditEvent, [given, {**given, "details": {}}])
    first, second = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    assert {name: getattr(first, name) for name in given} == given
    assert second.details == {}


def test_bytes_in_bulk_come_back_too(app):
    content = bytes(range(256))
    with write_transaction():
        row = {"name": "x", "sha256": "0", "size_bytes": 256, "content": content,
               "uploaded_by": None, "uploaded_at": clock.now()}  # fmt: skip
        insert_rows(ImportFile, [row])
    assert db.session.scalar(select(ImportFile.content)) == content


def test_what_the_database_refuses_in_bulk_is_told_as_of_any_statement(app):
    place = {"code": "990101", "name": "x", "tier": 4, "path": "/990101/"}
    with pytest.raises(IntegrityError), write_transaction():
        insert_rows(Jurisdiction, [place, place])
    assert db.session.scalar(select(func.count()).select_from(Jurisdiction)) == 0
