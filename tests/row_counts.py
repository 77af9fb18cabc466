"""How many rows the database holds: what a refused request must not change."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import TextClause, text

from marketplace.foundation.db import db, dialect_name


def row_counts() -> list[tuple[str, int]]:
    """How many rows each table has, seen from outside the unit of work.

    PostgreSQL takes 17 ms to count all tables; where no transaction has written since the last
    count, not even in vain, that count is still true.
    """
    db.session.rollback()
    writers = _writers()
    if writers is None or writers not in _counted:
        rows = db.session.execute(_counts())
        _counted.clear()
        _counted[writers] = sorted((str(name), int(count)) for name, count in rows)
    db.session.rollback()
    return list(_counted[writers])


_counted: dict[tuple[str, str] | None, list[tuple[str, int]]] = {}


def _writers() -> tuple[str, str] | None:
    """Which transactions of this database have written and which still do; None if it cannot say.

    A transaction has a number only once it writes.
    """
    if dialect_name() != "postgresql":
        return None
    seen = db.session.execute(text("SELECT current_database(), pg_current_snapshot()::text"))
    name, snapshot = seen.one()
    return str(name), str(snapshot)


@lru_cache(maxsize=1)
def _counts() -> TextClause:
    return text(
        " UNION ALL ".join(
            f"SELECT '{table.name}', count(*) FROM \"{table.name}\""
            for table in db.metadata.sorted_tables
        )
    )
