"""Finding occupations: by title, work types, definition, code, and the everyday words for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import and_, or_
from typing import Any

from marketplace.catalog.queries.occupation_index import (
    OccupationIndex,
    Place,
    occupation_index,
)
from marketplace.catalog.queries.search_pinyin import terms_spelled
from marketplace.catalog.queries.search_rows import OccupationRow
from marketplace.catalog.queries.search_snapshot import Snapshot, present_snapshot
from marketplace.catalog.search_plan import EVERY_COURSE, STOP_RUNS, STOP_WORDS, without_stop_runs
from marketplace.foundation.spelling import nearest_word
from marketplace.foundation.text import is_cjk, normal_form, stem, words

RESULTS_MAX = 1_000
_CODE = re.compile(r"\d[\d-]*")


@dataclass(frozen=True, slots=True)
class OccupationResults:
    """Occupations nearest first, and how the words were taken."""

    total: int
    items: tuple[OccupationRow, ...]
    also: tuple[tuple[str, tuple[str, ...]], ...] = ()
    mended: tuple[tuple[str, str], ...] = ()


def search_occupations(text: str, *, skip: int = 0, limit: int = 20) -> OccupationResults:
    """Occupations in force that hold every word somewhere, an exact title first."""
    wanted = normal_form(text)[:100]
    with present_snapshot() as snapshot:
        found: OccupationResults = snapshot.names.recall(
            ("occupations", wanted), lambda: _search(snapshot, wanted)
        )
    shown = found.items[skip : skip + limit]
    return OccupationResults(found.total, shown, found.also, found.mended)


def _search(snapshot: Snapshot, wanted: str) -> OccupationResults:
    rows = list(snapshot.occupations.values())
    if _CODE.fullmatch(wanted):
        named = [row for row in rows if row.code.startswith(wanted)]
        return _results(named, lambda row: (row.code != wanted, row.depth, row.code))
    query = _Query(snapshot, wanted)
    ranks = query.ranks()
    fitting = [row for row in rows if row.id in ranks]

    targets = [" ".join(other) for unit in query.units for other in unit.others]
    asked = " ".join(words(wanted))

    def nearness(row: OccupationRow) -> tuple[object, ...]:
        title = " ".join(words(row.title))
        names = {title, *(" ".join(words(name)) for name in row.work_types)}
        rank = ranks[row.id]
        return (
            title != asked,
            asked not in names,
            next((place for place, name in enumerate(targets) if name in names), len(targets)),
            max(rank, Place.TITLE),
            -row.depth,
            rank,
            len(row.title),
            row.code,
        )

    results = _results(fitting, nearness)
    return OccupationResults(results.total, results.items, tuple(query.also), tuple(query.mended))


def _results(
    rows: Sequence[OccupationRow], nearness: Callable[[OccupationRow], Any]
) -> OccupationResults:
    ranked = sorted(rows, key=nearness)
    return OccupationResults(len(ranked), tuple(ranked[:RESULTS_MAX]))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word or several that belong together, and the words that may stand for them."""

    words: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()


class _Query:
    """The words of one query against occupations."""

    def __init__(self, snapshot: Snapshot, wanted: str) -> None:
        self.also: list[tuple[str, tuple[str, ...]]] = []
        self.mended: list[tuple[str, str]] = []
        self.snapshot = snapshot
        self.index = occupation_index(snapshot)
        self.by_stems = snapshot.synonyms_by_stems()
        typed = words(wanted)[:8]
        stops = {*STOP_WORDS, *EVERY_COURSE, *STOP_RUNS}
        self.words = [word for word in typed if word not in stops] or typed
        self.units: list[_Unit] = []
        position = 0
        while position < len(self.words):
            position += self._read_from(position)

    def _read_from(self, position: int) -> int:
        for count in range(min(4, len(self.words) - position), 0, -1):
            several = tuple(self.words[position : position + count])
            if key := self.by_stems.get(tuple(map(stem, several))):
                self._add_synonym(several, key)
                return count
            joined = "".join(several)
            if count > 1 and joined.isascii() and (terms := terms_spelled(self.snapshot, joined)):
                self._add_pinyin(joined, terms)
                return count
        word = self.words[position]
        if self._is_known(word):
            self.units.append(_Unit((word,)))
        elif is_cjk(word):
            self._read_run(word)
        elif terms := terms_spelled(self.snapshot, word):
            self._add_pinyin(word, terms)
        elif meant := self._meant(word):
            self.mended.append((word, meant))
            key = self.by_stems.get((stem(meant),))
            self._add_synonym((meant,), key) if key else self.units.append(_Unit((meant,)))
        else:
            self.units.append(_Unit((word,)))
        return 1

    def _meant(self, word: str) -> str | None:
        """What a typing error was meant to be; a word that titles have is none."""
        known = self.snapshot.vocabulary
        return None if word in known else nearest_word(word, known)

    def _add_synonym(self, several: tuple[str, ...], key: str) -> None:
        targets = self.snapshot.synonyms[key]
        self.also.append((" ".join(several), targets))
        self.units.append(_Unit(several, tuple(tuple(words(target)) for target in targets)))

    def _add_pinyin(self, typed: str, terms: Sequence[str]) -> None:
        meant: dict[str, None] = {}
        for term in terms:
            meant |= dict.fromkeys((term, *self.snapshot.synonyms.get(term, ())))
        self.also.append((typed, tuple(meant)))
        self.units.append(_Unit((typed,), tuple(tuple(words(term)) for term in meant)))

    def _read_run(self, run: str) -> None:
        """A run that no occupation has: without what every course is, by an everyday word in it."""
        shorter = without_stop_runs(run) or run
        inside = [word for word in self.snapshot.synonyms if len(word) > 1 and word in shorter]
        if inside and not self._is_known(shorter):
            key = max(inside, key=len)
            self.mended.append((run, key))
            self._add_synonym((key,), key)
            return
        if shorter != run:
            self.mended.append((run, shorter))
        self.units.append(_Unit((shorter,)))

    def _is_known(self, word: str) -> bool:
        return self.index.is_known(word)

    def ranks(self) -> dict[int, Place]:
        """Occupation -> how far away the farthest word is, of those that hold every word."""
        found: dict[int, Place] = {}
        left = -1
        units = [_reached(self.index, unit) for unit in self.units]
        for place in Place if units else ():
            here = reduce(and_, (reached[place] for reached in units))
            found |= {row.id: place for row in self.index.rows_of(here & left)}
            left &= ~here
        return found


def _reached(index: OccupationIndex, unit: _Unit) -> dict[Place, int]:
    """Place -> the occupations that hold the unit there or nearer."""
    holding = dict(index.holding(unit.words))
    others = [index.holding(other) for other in unit.others if other]
    titled = (other[Place.SPELLED] | other[Place.TITLE] for other in others)
    holding[Place.OTHER_TITLE] = reduce(or_, titled, 0)
    holding[Place.OTHER_WORK_TYPE] = reduce(or_, (o[Place.WORK_TYPE] for o in others), 0)
    return dict(zip(Place, accumulate((holding[place] for place in Place), or_), strict=True))
