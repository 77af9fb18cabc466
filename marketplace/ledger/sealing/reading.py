"""Asking for long columns: by the driver itself, as what the database writes out is megabytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from marketplace.foundation.db import db, dialect_name


class CannotBeWritten(Exception):
    """SQLite cannot write it out: something nobody could have booked, as bytes for a text."""


def ask(statement: str, within: Mapping[str, int]) -> list[tuple[Any, ...]]:
    """The rows of a statement with `:names`, in the present transaction, nothing converted.

    PostgreSQL answers in its binary form: the hashes of a stretch as they are, not as figures and
    letters, of which there are twice as many.
    """
    driver: Any = db.session.connection().connection.driver_connection
    if dialect_name() == "postgresql":
        for name in within:
            statement = statement.replace(f":{name}", f"%({name})s")
        found: list[tuple[Any, ...]] = (
            driver.cursor(binary=True).execute(statement, within).fetchall()
        )
        return found
    try:
        return list(driver.execute(statement, within).fetchall())
    except sqlite3.Error as error:
        raise CannotBeWritten(str(error)) from error
