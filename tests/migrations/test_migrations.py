"""Migrations on both engines: head is the models, and the way down and up again is open."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.ledger.checks import guards_are_in_place
from tests.factories import ledger as books

SEARCH_TABLES = ("course_search", "search_")


def _managed(name: str | None, kind: str) -> bool:
    return not (kind == "table" and (name or "").startswith(SEARCH_TABLES))


def _differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda _item, name, kind, _reflected, _other: _managed(
                    name, kind
                ),
                "compare_type": False,
            },
        )
        return compare_metadata(context, db.metadata)


def _tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_the_tables_at_head_are_the_models(app):
    assert _differences() == []


def test_down_to_nothing_and_up_again(app, now):
    before = _tables()
    db.session.remove()
    downgrade(revision="base")
    assert _tables() <= {"alembic_version", "sqlite_sequence"}
    left = (
        "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')"
        if dialect_name() == "sqlite"
        else "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND proname NOT LIKE '%trgm%' AND prolang = (SELECT oid FROM pg_language"
        " WHERE lanname = 'plpgsql')"
    )
    assert db.session.scalars(text(left)).all() == []
    db.session.remove()
    upgrade()
    assert _tables() == before
    assert list(guards_are_in_place()) == []
    with write_transaction():
        books.funded(100)
    assert books.counts() == (2, 4)
