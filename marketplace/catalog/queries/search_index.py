"""Asking the word index: which courses hold a phrase in title, names or text; on both engines.

One tokeniser serves both databases, and both know the terms of a phrase in a row and the
beginning of a term, so both find the same courses.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import TextClause, text

from marketplace.catalog.search_phrases import Hits, Phrase
from marketplace.foundation.bitsets import Numbers, bitset_of
from marketplace.foundation.db import db, dialect_name

if TYPE_CHECKING:
    from marketplace.catalog.queries.search_snapshot import Snapshot

PARTS = ("title", "names", "body")


def hits_for(snapshot: Snapshot, phrase: Phrase) -> Hits:
    """Where a phrase is found; kept until the catalog changes."""
    found: Hits = snapshot.hits.recall(phrase, lambda: _ask(snapshot, phrase))
    return found


def _ask(snapshot: Snapshot, phrase: Phrase) -> Hits:
    dialect = dialect_name()
    asked = fts5_query(phrase) if dialect == "sqlite" else tsquery_text(phrase)
    connection = db.session.connection()
    values = {part: f"{part} : {asked}" if dialect == "sqlite" else asked for part in PARTS}
    packed = connection.execute(_statement(dialect), values).one()
    size = len(snapshot.slots)
    return Hits(*(bitset_of(snapshot.slots.of_known(_unpacked(ids)), size=size) for ids in packed))


@lru_cache(maxsize=2)
def _statement(dialect: str) -> TextClause:
    """The numbers of all courses of a part in one value: a row for each of a hundred thousand hits
    would cost ten times as much as finding them."""
    if dialect == "sqlite":
        parts = (
            f"(SELECT group_concat(rowid) FROM course_search WHERE course_search MATCH :{part})"  # noqa: S608
            for part in PARTS
        )
    else:
        parts = (
            f"(SELECT string_agg(int8send(course_id), ''::bytea) FROM course_search "  # noqa: S608
            f"WHERE {part} @@ CAST(:{part} AS tsquery))"
            for part in PARTS
        )
    return text(f"SELECT {', '.join(parts)}")


def _unpacked(packed: str | bytes | None) -> Numbers:
    """`12,47,80` of SQLite, eight bytes each of PostgreSQL; nothing where nothing was found."""
    if not packed:
        return np.zeros(0, np.int64)
    if isinstance(packed, str):
        return np.fromstring(packed, np.int64, sep=",")
    return np.frombuffer(packed, ">i8").astype(np.int64)


def fts5_query(phrase: Phrase) -> str:
    """`"低压 压电 电工"`; `"电" *` for a beginning. Terms hold no quotation mark."""
    return f'"{" ".join(phrase.terms)}"' + (" *" if phrase.is_beginning else "")


def tsquery_text(phrase: Phrase) -> str:
    """`'低压' <-> '压电' <-> '电工'`; `'电':*` for a beginning."""
    quoted = [f"'{term}'" for term in phrase.terms]
    if phrase.is_beginning:
        quoted[-1] += ":*"
    return " <-> ".join(quoted)
