"""Keeping what phrases find in step: of a course that changed, its few words are looked through for
every phrase that is kept, so that nobody has to ask the index for all of them again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy import TextClause, bindparam, text

from marketplace.catalog.search_phrases import Hits, Phrase
from marketplace.foundation.bitsets import put
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.kept import Kept

LOOKS_MAX = 40_000
"""More phrases times courses than this are cheaper forgotten and asked for again."""
_LEXEME = re.compile(r"'([^']+)':([0-9,]+)")
Words = tuple[str, str, str]
"""The terms of title, names and text, a blank before, between and after them."""
_NOTHING: Words = ("", "", "")


def mend_hits(hits: Kept, slots: Mapping[int, int]) -> None:
    """Correct what is kept for the phrases, of some courses (course -> slot)."""
    if not (hits and slots):
        return
    if len(hits) * len(slots) > LOOKS_MAX:
        hits.clear()
        return
    now = read_words(list(slots))
    for course_id, slot in slots.items():
        words = now.get(course_id, _NOTHING)
        for phrase, found in hits.items():
            hits[phrase] = _mended(found, phrase, slot, words)


def _mended(found: Hits, phrase: Phrase, slot: int, words: Words) -> Hits:
    wanted = f" {' '.join(phrase.terms)}{'' if phrase.is_beginning else ' '}"
    mended = [
        bits if bits >> slot & 1 == (wanted in part) else put(bits, slot, present=wanted in part)
        for bits, part in zip((found.title, found.names, found.body), words, strict=True)
    ]
    return Hits(*mended)


def read_words(course_ids: Sequence[int]) -> dict[int, Words]:
    """What the index holds of some courses; those that are not in it are absent."""
    dialect = dialect_name()
    rows = db.session.connection().execute(_statement(dialect), {"ids": list(course_ids)})
    in_order = _terms_of_row if dialect == "sqlite" else _terms_of_vector
    return {course_id: (in_order(a), in_order(b), in_order(c)) for course_id, a, b, c in rows}


@lru_cache(maxsize=2)
def _statement(dialect: str) -> TextClause:
    key, as_text = ("rowid", "") if dialect == "sqlite" else ("course_id", "::text")
    parts = ", ".join(f"{part}{as_text}" for part in ("title", "names", "body"))
    found = text(f"SELECT {key}, {parts} FROM course_search WHERE {key} IN :ids")  # noqa: S608
    return found.bindparams(bindparam("ids", expanding=True))


def _terms_of_row(part: str) -> str:
    return f" {part} "


def _terms_of_vector(part: str) -> str:
    """`'低压':1 '电工':2,5` -> ` 低压 电工 … `; positions without a term are a gap."""
    placed = {
        int(position): term
        for term, positions in _LEXEME.findall(part)
        for position in positions.split(",")
    }
    last = max(placed, default=0)
    return f" {' '.join(placed.get(position, '') for position in range(1, last + 1))} "
