"""Which words of the catalog sound like what was typed: occupations, then everyday words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketplace.catalog.pinyin import Sounds

if TYPE_CHECKING:
    from marketplace.catalog.queries.search_snapshot import Snapshot


def terms_spelled(snapshot: Snapshot, typed: str) -> tuple[str, ...]:
    """Chinese words that are typed so in pinyin or initials; worked out when first asked for."""
    sources = (snapshot.synonyms, snapshot.occupations)
    if snapshot.sounds is None or any(
        own is not other for own, other in zip(snapshot.sounds[0], sources, strict=True)
    ):
        rows = snapshot.occupations.values()
        names = [*(row.title for row in rows), *snapshot.synonyms]
        names += [name for row in rows for name in row.work_types]
        snapshot.sounds = (sources, Sounds(names))
    found: tuple[str, ...] = snapshot.sounds[1].terms_of(typed)
    return found
