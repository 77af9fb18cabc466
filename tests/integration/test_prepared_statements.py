"""On PostgreSQL statements stay prepared over a rollback, and a rollback undoes all the same."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.preparing import PreparingConnection

ASK = text("SELECT count(*) AS places_of_a_code FROM jurisdiction WHERE code = :code")
TIMES = 8
"""psycopg prepares a statement when it is asked for the sixth time."""


def prepared(connection) -> int:
    asked = (
        "SELECT count(*) FROM pg_prepared_statements"
        " WHERE statement LIKE 'SELECT count(*) AS places_of_a_code%'"
    )
    return connection.scalar(text(asked)) or 0


def test_a_rollback_keeps_what_was_prepared(app):
    with db.engine.connect() as connection:
        below = connection.connection.dbapi_connection
        if dialect_name() != "postgresql":
            assert not isinstance(below, psycopg.Connection)
            return
        assert isinstance(below, PreparingConnection)
        for _time in range(TIMES):
            connection.execute(ASK, {"code": "990101"})
            connection.rollback()
        assert prepared(connection) == 1
        # As psycopg would have it, nothing is left.
        psycopg.Connection.rollback(below)
        assert prepared(connection) == 0


def test_a_rollback_undoes_also_after_an_error(app):
    # One connection throughout: the pool may hand out another one, which has no such table.
    with db.engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE noted (word text)"))
        connection.commit()
        connection.execute(text("INSERT INTO noted VALUES ('gone')"))
        with pytest.raises(DBAPIError, match="nowhere"):
            connection.execute(text("SELECT * FROM nowhere"))
        connection.rollback()
        assert connection.scalar(text("SELECT count(*) FROM noted")) == 0
        connection.rollback()
        connection.execute(text("DROP TABLE noted"))
        connection.commit()
