"""Asking the word index: which courses hold a phrase in title, names or text; on both engines.

One tokeniser serves both databases, and both know the terms of a phrase in a row and the
beginning of a term, so both find the same courses.
"""

from __future__ import annotations

from sqlalchemy import TextClause, text

from marketplace.catalog.queries.search_snapshot import Snapshot
from marketplace.catalog.search_phrases import Hits, Phrase
from marketplace.foundation.bitsets import bitset_of
from marketplace.foundation.db import db, dialect_name

PARTS = ("title", "names", "body")


def hits_for(snapshot: Snapshot, phrase: Phrase) -> Hits:
    """Where a phrase is found; kept until the catalog changes."""
    found: Hits = snapshot.answers.recall(phrase, lambda: _ask(snapshot, phrase))
    return found


def _ask(snapshot: Snapshot, phrase: Phrase) -> Hits:
    rows = db.session.execute(_statement(), _values(phrase)).all()
    slots: dict[str, list[int]] = {part: [] for part in PARTS}
    known = snapshot.slots
    for part, course_id in rows:
        if (slot := known.get(course_id)) is not None:
            slots[part].append(slot)
    size = len(snapshot.course_ids)
    return Hits(*(bitset_of(slots[part], size=size) for part in PARTS))


def _statement() -> TextClause:
    if dialect_name() == "sqlite":
        parts = (
            f"SELECT '{part}', rowid FROM course_search WHERE course_search MATCH :{part}"  # noqa: S608
            for part in PARTS
        )
    else:
        parts = (
            f"SELECT '{part}', course_id FROM course_search "  # noqa: S608
            f"WHERE {part} @@ CAST(:{part} AS tsquery)"
            for part in PARTS
        )
    return text(" UNION ALL ".join(parts))


def _values(phrase: Phrase) -> dict[str, str]:
    if dialect_name() == "sqlite":
        return {part: f"{part} : {fts5_query(phrase)}" for part in PARTS}
    return dict.fromkeys(PARTS, tsquery_text(phrase))


def fts5_query(phrase: Phrase) -> str:
    """`"低压 压电 电工"`; `"电" *` for a beginning. Terms hold no quotation mark."""
    return f'"{" ".join(phrase.terms)}"' + (" *" if phrase.is_beginning else "")


def tsquery_text(phrase: Phrase) -> str:
    """`'低压' <-> '压电' <-> '电工'`; `'电':*` for a beginning."""
    quoted = [f"'{term}'" for term in phrase.terms]
    if phrase.is_beginning:
        quoted[-1] += ":*"
    return " <-> ".join(quoted)
