"""Many rows at once: ids taken beforehand, plain statements, no objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, insert, text

from marketplace.foundation.db import Base, db, dialect_name


def reserve_ids(model: type[Base], count: int) -> Sequence[int]:
    """Ids nobody else will get, inside a write transaction: rows may then name each other.

    SQLite has one writer at a time, which holds the counter until it commits; PostgreSQL gives
    numbers of the sequence.
    """
    if dialect_name() == "sqlite":
        last = db.session.scalar(
            text("SELECT seq FROM sqlite_sequence WHERE name = :name"),
            {"name": model.__tablename__},
        )
        return range((last or 0) + 1, (last or 0) + count + 1)
    rows = db.session.scalars(
        text(
            "SELECT nextval(pg_get_serial_sequence(:name, 'id')) "
            "FROM generate_series(1, :count) ORDER BY 1 LIMIT :count"
        ),
        {"name": model.__tablename__, "count": count},
    )
    return rows.all()


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of one table with one statement prepared once. Every row has the same columns."""
    table = model.__table__
    assert isinstance(table, Table)
    if rows:
        db.session.connection().execute(insert(table), list(rows))


def refresh_statistics() -> bool:
    """Have SQLite sample its indexes (a bounded sample); PostgreSQL needs no asking."""
    if dialect_name() != "sqlite":
        return False
    db.session.execute(text("PRAGMA analysis_limit = 400"))
    db.session.execute(text("ANALYZE"))
    return True
