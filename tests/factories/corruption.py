"""Damage that the product could never do: writing with every guard of the database off.

Only the guards that stand in the way of the damage are taken down: the checks it breaks on
PostgreSQL, the triggers of the table it writes on SQLite. Taking down all of them, hundreds, took
longer than the test, and left a database on PostgreSQL that no other test could use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, CursorResult, text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation.db import db

CHECK_VIOLATED = "23514"
WRITTEN = re.compile(r"\s*(?:UPDATE|INSERT\s+INTO|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
"""The table a plain statement writes; anything else may touch all."""


@dataclass
class _Damaged:
    """The connection on which no guard acts, and the triggers to set up again."""

    connection: Connection
    triggers: list[str] = field(default_factory=list)


_current: list[_Damaged] = []


@contextmanager
def guards_off() -> Iterator[None]:
    """`damage` inside may do anything; afterwards the triggers are back as they were."""
    db.session.rollback()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            yield from _postgresql(connection)
        else:
            yield from _sqlite(connection)


def damage(statement: str, **values: object) -> None:
    """One raw statement inside `guards_off()`; it must hit something."""
    damaged = _current[-1]
    if damaged.connection.dialect.name == "postgresql":
        done = _without_checks(damaged.connection, statement, values)
    else:
        _drop_triggers(damaged, statement)
        done = damaged.connection.execute(text(statement), values)
    assert done.rowcount != 0, f"the damage missed: {statement}"


def _postgresql(connection: Connection) -> Iterator[None]:
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    _current.append(_Damaged(connection))
    try:
        yield
        connection.commit()
    finally:
        _current.pop()


def _without_checks(
    connection: Connection, statement: str, values: dict[str, object]
) -> CursorResult[object]:
    """Each check it breaks is dropped; the role of a replica leaves them standing."""
    while True:
        try:
            with connection.begin_nested():
                return connection.execute(text(statement), values)
        except IntegrityError as error:
            told = error.orig
            if getattr(told, "sqlstate", "") != CHECK_VIOLATED:
                raise
            table, check = told.diag.table_name, told.diag.constraint_name  # type: ignore[union-attr]
        connection.execute(text(f'ALTER TABLE "{table}" DROP CONSTRAINT "{check}"'))


def _sqlite(connection: Connection) -> Iterator[None]:
    raw = connection.connection.driver_connection
    assert raw
    connection.rollback()
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("PRAGMA ignore_check_constraints=ON")
    damaged = _Damaged(connection)
    _current.append(damaged)
    try:
        yield
        for made in damaged.triggers:
            connection.exec_driver_sql(made)
        connection.commit()
    finally:
        _current.pop()
        raw.execute("PRAGMA ignore_check_constraints=OFF")
        raw.execute("PRAGMA foreign_keys=ON")


def _drop_triggers(damaged: _Damaged, statement: str) -> None:
    """No trigger of the table written fires; without foreign keys no other table is touched."""
    written = WRITTEN.match(statement)
    triggers = damaged.connection.execute(
        text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            " AND (:written IS NULL OR tbl_name = :written)"
        ),
        {"written": written and written[1]},
    ).all()
    for name, made in triggers:
        damaged.connection.execute(text(f'DROP TRIGGER "{name}"'))
        damaged.triggers.append(made)
