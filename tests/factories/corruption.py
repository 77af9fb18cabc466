"""Damage that the product could never do: writing with every guard of the database off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from marketplace.foundation.db import db


@contextmanager
def guards_off() -> Iterator[None]:
    """Raw SQL inside may do anything; afterwards the guards are back as they were."""
    db.session.rollback()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            yield from _postgresql(connection)
        else:
            yield from _sqlite(connection)


def _postgresql(connection):
    dropped = [
        f"ALTER TABLE {table} DROP CONSTRAINT {name}"
        for table, name in connection.execute(
            text(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint"
                " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
        )
    ]
    for statement in dropped:
        connection.execute(text(statement))
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    _current.append(connection)
    try:
        yield
        connection.commit()
    finally:
        _current.pop()


def _sqlite(connection):
    raw = connection.connection.driver_connection
    connection.rollback()
    triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("PRAGMA ignore_check_constraints=ON")
    connection.execute(text("SELECT 1"))
    for name, _sql in triggers:
        connection.execute(text(f'DROP TRIGGER "{name}"'))
    _current.append(connection)
    try:
        yield
        for _name, sql in triggers:
            connection.exec_driver_sql(sql)
        connection.commit()
    finally:
        _current.pop()
        raw.execute("PRAGMA ignore_check_constraints=OFF")
        raw.execute("PRAGMA foreign_keys=ON")


_current: list = []


def damage(statement: str, **values: object) -> None:
    """One raw statement inside `guards_off()`; it must hit something."""
    done = _current[-1].execute(text(statement), values)
    assert done.rowcount != 0, f"the damage missed: {statement}"
