"""Asking for long columns: by the driver itself, as what the database writes out is megabytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.string import ByteaBinaryLoader

from marketplace.foundation.db import db, dialect_name
from marketplace.ledger.sealing.columns import WIDTHS, whole_numbers


class CannotBeWritten(Exception):
    """SQLite cannot write it out: something nobody could have booked, as bytes for a text."""


def ask(statement: str, within: Mapping[str, int]) -> list[tuple[Any, ...]]:
    """The rows of a statement with `:names`, in the present transaction, nothing converted.

    PostgreSQL answers in its binary form: the hashes of a stretch as they are, not as figures and
    letters, of which there are twice as many; and texts as bytes, which is what is hashed.
    """
    driver: Any = db.session.connection().connection.driver_connection
    if dialect_name() == "postgresql":
        for name in within:
            statement = statement.replace(f":{name}", f"%({name})s")
        cursor = driver.cursor(binary=True)
        cursor.adapters.register_loader("text", ByteaBinaryLoader)
        found: list[tuple[Any, ...]] = cursor.execute(statement, within).fetchall()
        return found
    try:
        return list(driver.execute(statement, within).fetchall())
    except sqlite3.Error as error:
        raise CannotBeWritten(str(error)) from error


def numbers_of(written: bytes) -> Sequence[int]:
    """Numbers as the database writes very many: PostgreSQL binary, SQLite with commas between."""
    if dialect_name() == "postgresql":
        return whole_numbers(written, "q") or []
    return [int(number) for number in written.split(b",") if number]


def count_of(written: bytes) -> int:
    """How many numbers such a column has."""
    if dialect_name() == "postgresql":
        return len(written) // WIDTHS["q"]
    return written.count(b",") + 1


def account_numbers_of(written: bytes) -> Sequence[int] | Sequence[bytes]:
    """The same where SQLite may keep anything for a number: as it writes it as JSON."""
    if dialect_name() == "postgresql":
        return numbers_of(written)
    return written.strip(b"[]").split(b",")


def joined(written: Sequence[bytes]) -> bytes:
    """Several such columns as one."""
    return (b"" if dialect_name() == "postgresql" else b",").join(written)
