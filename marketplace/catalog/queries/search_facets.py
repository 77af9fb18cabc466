"""How many courses each filter would leave: counted on the sets the results are made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from sqlalchemy import select

from marketplace.catalog.course_features import LANGUAGE_WORDS
from marketplace.catalog.distances import STEPS_KM
from marketplace.catalog.queries.search_distance import courses_within
from marketplace.catalog.queries.search_snapshot import Snapshot
from marketplace.catalog.search_terms import (
    CHILDCARE,
    DEMAND,
    EVENING,
    OPEN,
    STARS_LEAST,
    WEEKEND,
    WHEELCHAIR,
)
from marketplace.catalog.states import CourseMode
from marketplace.foundation.bitsets import Table, counts_in, table_of, words_of
from marketplace.foundation.db import db
from marketplace.foundation.text import normal_form
from marketplace.institutions.rules import LEVELS
from marketplace.jurisdictions.models import Jurisdiction

if TYPE_CHECKING:
    from marketplace.catalog.queries.search import CourseQuery

NEEDS = (OPEN, EVENING, WEEKEND, WHEELCHAIR, CHILDCARE, DEMAND)
FEE_STEPS_FEN = (0, 50_000, 100_000, 200_000, 500_000)
VALUES_MAX = 40


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One choice: its value in the address, its name where it has one, what it would leave."""

    value: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The choices beside a result; those that would leave nothing are left out."""

    places: tuple[FacetValue, ...]
    place_above: tuple[FacetValue, ...]
    """The way from the chosen place up, broadest first, the chosen one last."""
    occupations: tuple[FacetValue, ...]
    occupation_above: tuple[FacetValue, ...]
    levels: tuple[FacetValue, ...]
    stars: tuple[FacetValue, ...]
    """Four, three, two stars or more."""
    modes: tuple[FacetValue, ...]
    languages: tuple[FacetValue, ...]
    needs: tuple[FacetValue, ...]
    fees: tuple[FacetValue, ...]
    distances: tuple[FacetValue, ...] = ()
    """So many kilometres at most from where the reader is, if they said where."""
    has_own_prices: bool = False
    """The reader has vouchers that make prices of their own."""
    free: int | None = None
    """How many cost them nothing; none: not counted."""


def count_facets(
    snapshot: Snapshot, matching: int, filters: Mapping[str, int], query: CourseQuery
) -> Facets:
    """Every choice with the number of results it gives, the other filters staying as they are."""
    counter = _Counter(snapshot, matching, filters)
    place = (
        normal_form(query.place or "") or (query.jurisdiction_path or "").strip("/").split("/")[-1]
    )
    return Facets(
        places=_place_values(counter, place),
        place_above=_places_above(counter, place),
        occupations=_occupation_values(counter, query.occupation),
        occupation_above=_occupations_above(counter, query.occupation),
        levels=counter.values("level", [str(level) for level in sorted(LEVELS, reverse=True)]),
        stars=counter.values("stars", [str(least) for least in STARS_LEAST]),
        modes=counter.values("mode", [mode.value for mode in CourseMode]),
        languages=counter.values("language", list(LANGUAGE_WORDS)),
        needs=_needs_values(counter),
        fees=_fee_values(counter),
        distances=_distance_values(counter, query),
    )


class _Counter:
    """Counts choices against what all the other filters leave."""

    def __init__(self, snapshot: Snapshot, matching: int, filters: Mapping[str, int]) -> None:
        self.snapshot, self.matching, self.filters = snapshot, matching, filters
        self._others: dict[str, Table] = {}
        self._found = words_of(reduce(and_, filters.values(), matching))

    def others(self, name: str) -> Table:
        """What is found when this one filter is taken away."""
        if name not in self.filters:
            return self._found
        if name not in self._others:
            rest = (bits for other, bits in self.filters.items() if other != name)
            self._others[name] = words_of(reduce(and_, rest, self.matching))
        return self._others[name]

    def counts(self, name: str, key: Hashable, sets: Callable[[], list[int]]) -> list[int]:
        """How many each of some sets has; a key means the same sets until a course changes."""
        snapshot = self.snapshot
        table = snapshot.tables.recall(key, lambda: table_of(sets(), size=len(snapshot.slots)))
        return counts_in(table, self.others(name))

    def of_terms(self, name: str, terms: Sequence[str]) -> list[int]:
        """How many carry each of some terms."""
        if not terms:
            return []
        snapshot = self.snapshot
        return self.counts(name, tuple(terms), lambda: [snapshot.with_term(t) for t in terms])

    def values(self, name: str, values: Sequence[str]) -> tuple[FacetValue, ...]:
        """Choices without a name of their own."""
        counts = self.of_terms(name, [f"{name}:{value}" for value in values])
        return tuple(
            FacetValue(value, "", count)
            for value, count in zip(values, counts, strict=True)
            if count
        )


def _needs_values(counter: _Counter) -> tuple[FacetValue, ...]:
    """Each need narrows by itself: those already asked for stay, whichever is counted."""
    counts = counter.of_terms("", NEEDS)
    found = []
    for need, count in zip(NEEDS, counts, strict=True):
        if need in counter.filters:
            count = counter.of_terms(need, (need,))[0]
        if count:
            found.append(FacetValue(need, "", count))
    return tuple(found)


def _distance_values(counter: _Counter, query: CourseQuery) -> tuple[FacetValue, ...]:
    near = query.near
    if near is None:
        return ()
    snapshot = counter.snapshot
    counts = counter.counts(
        "near",
        ("within", near.point),
        lambda: [courses_within(snapshot, near, 1_000 * km) for km in STEPS_KM],
    )
    return tuple(
        FacetValue(str(km), "", count) for km, count in zip(STEPS_KM, counts, strict=True) if count
    )


def _fee_values(counter: _Counter) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    counts = counter.counts("fee", "fee", lambda: [snapshot.up_to_fee(f) for f in FEE_STEPS_FEN])
    return tuple(
        FacetValue(str(limit), "", count)
        for limit, count in zip(FEE_STEPS_FEN, counts, strict=True)
        if count
    )


def _children(snapshot: Snapshot, prefix: str, above: Mapping[str, str], chosen: str) -> list[str]:
    def find() -> list[str]:
        codes = (term[len(prefix) :] for term in snapshot.known_terms(prefix))
        return sorted(code for code in codes if above.get(code, "") == chosen)

    found: list[str] = snapshot.answers.recall(("children", prefix, chosen), find)
    return found


def _place_values(counter: _Counter, chosen: str) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    codes = _children(snapshot, "place:", snapshot.place_above, chosen)
    counts = counter.of_terms("place", [f"place:{code}" for code in codes])
    counted = [(code, count) for code, count in zip(codes, counts, strict=True) if count]
    counted.sort(key=lambda pair: (-pair[1], pair[0]))
    names = _place_names(snapshot, [code for code, _count in counted[:VALUES_MAX]])
    return tuple(
        FacetValue(code, names.get(code, code), count) for code, count in counted[:VALUES_MAX]
    )


def _places_above(counter: _Counter, chosen: str) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    way = _way_up(snapshot.place_above, chosen)
    names = _place_names(snapshot, way)
    counts = counter.of_terms("place", [f"place:{code}" for code in way])
    return tuple(
        FacetValue(code, names.get(code, code), count)
        for code, count in zip(way, counts, strict=True)
    )


def _way_up(above: Mapping[str, str], chosen: str) -> list[str]:
    way: list[str] = []
    while chosen and chosen not in way and len(way) < 8:
        way.insert(0, chosen)
        chosen = above.get(chosen, "")
    return way


def _place_names(snapshot: Snapshot, codes: Iterable[str]) -> dict[str, str]:
    """Names by code: kept, because a place is renamed once in years, and then read anew."""
    names: dict[str, str] = snapshot.names.recall("place names", dict)
    missing = sorted({code for code in codes if code not in names})
    if missing:
        names.update({code: snapshot.place_names.get(code, code) for code in missing})
        rows = db.session.execute(
            select(Jurisdiction.code, Jurisdiction.name)
            .where(Jurisdiction.code.in_(missing))
            .order_by(Jurisdiction.code)
            .limit(len(missing))
        )
        names.update({code: name for code, name in rows})
    return names


def _occupation_tree(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """Code -> code above, title."""

    def make() -> dict[str, tuple[str, str]]:
        return {
            row.code: (row.above[-2] if len(row.above) > 1 else "", row.title)
            for row in snapshot.occupations.values()
        }

    tree: dict[str, tuple[str, str]] = snapshot.names.recall("occupation tree", make)
    return tree


def _occupation_values(counter: _Counter, chosen: str | None) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    tree = _occupation_tree(snapshot)
    parents: dict[str, str] = snapshot.names.recall(
        "occupations above", lambda: {code: entry[0] for code, entry in tree.items()}
    )
    codes = _children(snapshot, "occupation:", parents, chosen or "")
    codes = [code for code in codes if code in tree]
    counts = counter.of_terms("occupation", [f"occupation:{code}" for code in codes])
    found = [
        FacetValue(code, tree[code][1], count)
        for code, count in zip(codes, counts, strict=True)
        if count
    ]
    return tuple(sorted(found, key=lambda value: -value.count)[:VALUES_MAX])


def _occupations_above(counter: _Counter, chosen: str | None) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    tree = _occupation_tree(snapshot)
    way: list[str] = []
    code = chosen or ""
    while code in tree and len(way) < 8:
        way.insert(0, code)
        code = tree[code][0]
    counts = counter.of_terms("occupation", [f"occupation:{code}" for code in way])
    return tuple(
        FacetValue(code, tree[code][1], count) for code, count in zip(way, counts, strict=True)
    )
