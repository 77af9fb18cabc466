"""Finding institutions by name or place, among those in good standing."""

from __future__ import annotations

from dataclasses import dataclass

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
    found = [
        row
        for row in snapshot.institutions.values()
        if row.is_offered and all(word in row.text for word in wanted)
    ]
    return tuple(sorted(found, key=lambda row: (len(row.name), row.name, row.id)))
