"""Finding institutions by name or place, among those in good standing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from marketplace.catalog.queries.search_rows import InstitutionRow
from marketplace.catalog.queries.search_snapshot import Snapshot, present_snapshot
from marketplace.foundation.text import normal_form, words

WORDS_MAX = 8


@dataclass(frozen=True, slots=True)
class InstitutionResults:
    """Institutions whose name or place holds every word, the shortest name first."""

    total: int
    items: tuple[InstitutionRow, ...]


def search_institutions(text: str, *, skip: int = 0, limit: int = 20) -> InstitutionResults:
    """Accredited institutions, nothing held back, whose name or place contains every word."""
    wanted = tuple(words(normal_form(text)[:100])[:WORDS_MAX])
    if not wanted:
        return InstitutionResults(0, ())
    with present_snapshot() as snapshot:
        found: tuple[InstitutionRow, ...] = snapshot.names.recall(
            ("institutions", wanted), lambda: _search(snapshot, wanted)
        )
    return InstitutionResults(len(found), found[skip : skip + limit])


def _search(snapshot: Snapshot, wanted: tuple[str, ...]) -> tuple[InstitutionRow, ...]:
    rows, text, ends = snapshot.names.recall("institution texts", lambda: _texts(snapshot))
    longest = max(wanted, key=len)
    found = [row for row in _holding(longest, rows, text, ends) if _fits(row, wanted)]
    return tuple(sorted(found, key=lambda row: (len(row.name), row.name, row.id)))


def _texts(snapshot: Snapshot) -> tuple[list[InstitutionRow], str, list[int]]:
    """What is looked through, in one text, and where each institution ends in it: the words of a
    hundred thousand institutions are found in it at once."""
    rows = [row for row in snapshot.institutions.values() if row.is_offered]
    ends = list(accumulate(len(row.text) + 1 for row in rows))
    return rows, "".join(f"{row.text}\0" for row in rows), ends


def _holding(
    word: str, rows: Sequence[InstitutionRow], text: str, ends: Sequence[int]
) -> Iterator[InstitutionRow]:
    position = text.find(word)
    while position >= 0:
        number = bisect_right(ends, position)
        yield rows[number]
        position = text.find(word, ends[number])


def _fits(row: InstitutionRow, wanted: tuple[str, ...]) -> bool:
    return all(word in row.text for word in wanted)
