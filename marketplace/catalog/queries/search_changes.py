"""Following what changed: which parts of the catalog in memory are to be looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text

from marketplace.foundation.db import db, dialect_name

CHANGES_MAX = 5_000
"""More changes than this at once are cheaper read from the beginning."""
REMEMBERED = 20

_SQLITE = text(
    """SELECT id, mark, kind, ref_id, 0 AS horizon FROM search_change
             WHERE id >= :oldest ORDER BY id LIMIT :limit"""
)
_POSTGRESQL = text(
    """SELECT id, mark, kind, ref_id,
                   pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon
                 FROM search_change WHERE id IN (:oldest, :newest) OR written_by >= :horizon
                 ORDER BY id LIMIT :limit"""
)
_SQLITE_NEWEST = text(
    """SELECT id, mark, 0 AS horizon FROM search_change
                    ORDER BY id DESC LIMIT 1"""
)
_POSTGRESQL_NEWEST = text(
    """SELECT id, mark,
                          pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon
                        FROM search_change ORDER BY id DESC LIMIT 1"""
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What was changed since the last look; `anew`: nothing known can be trusted."""

    anew: bool = False
    course_ids: frozenset[int] = frozenset()
    institution_ids: frozenset[int] = frozenset()
    run_ids: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()


@dataclass(slots=True)
class ChangeReader:
    """One reader's place in the log of changes.

    SQLite has one writer, so numbers come in order. On PostgreSQL a transaction may end after
    one that began later: everything written by a transaction not yet over at the last look is
    read again, and what was seen of it is skipped.
    """

    marks: dict[int, int] = field(default_factory=dict)
    horizon: int = 0
    seen: set[int] = field(default_factory=set)

    def begin(self) -> None:
        """Start at the end of the log; whoever calls reads everything after this."""
        sqlite = dialect_name() == "sqlite"
        newest = db.session.execute(_SQLITE_NEWEST if sqlite else _POSTGRESQL_NEWEST).one()
        self.marks = {newest.id: newest.mark}
        self.horizon = newest.horizon
        self.seen = set()

    def read(self) -> Changes:
        """What is new. A log that is not the one we knew (a restored database) is read anew."""
        sqlite = dialect_name() == "sqlite"
        oldest, newest = min(self.marks, default=0), max(self.marks, default=0)
        rows = (
            db.session.connection()
            .execute(
                _SQLITE if sqlite else _POSTGRESQL,
                {
                    "oldest": oldest,
                    "newest": newest,
                    "horizon": self.horizon,
                    "limit": CHANGES_MAX + REMEMBERED,
                },
            )
            .all()
        )
        # A log restored from before our last look holds the oldest change we know, not the newest.
        known = {oldest, newest} <= {row.id for row in rows}
        if not known or any(self.marks.get(row.id, row.mark) != row.mark for row in rows):
            return Changes(anew=True)
        new = [row for row in rows if row.id not in self.seen and row.id not in self.marks]
        if sqlite:
            last = max(self.marks)
            new = [row for row in new if row.id > last]
        if len(rows) >= CHANGES_MAX:
            return Changes(anew=True)
        self._remember(rows, new)
        return _gathered(new)

    def _remember(self, rows: Sequence[Row[Any]], new: Sequence[Row[Any]]) -> None:
        if not new:
            return
        self.marks |= {row.id: row.mark for row in new}
        for number in sorted(self.marks)[:-REMEMBERED]:
            del self.marks[number]
        if dialect_name() == "sqlite":
            return
        settled = rows[0].horizon
        # Below the horizon nothing is read again; above it, what was seen is kept in mind.
        self.seen = {row.id for row in rows} if settled > self.horizon else self.seen
        self.seen |= {row.id for row in new}
        self.horizon = settled


def _gathered(rows: Sequence[Row[Any]]) -> Changes:
    def ids(kind: str) -> frozenset[int]:
        return frozenset(row.ref_id for row in rows if row.kind == kind)

    kinds = frozenset(row.kind for row in rows) - {"course", "institution", "run", "begun"}
    return Changes(False, ids("course"), ids("institution"), ids("run"), kinds)
