"""How many courses each filter would leave: counted on the sets the results are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
        levels=counter.values("level", map(str, sorted(LEVELS, reverse=True))),
        stars=counter.values("stars", map(str, STARS_LEAST)),
        modes=counter.values("mode", [mode.value for mode in CourseMode]),
        languages=counter.values("language", LANGUAGE_WORDS),
        needs=tuple(
            FacetValue(need, "", count)
            for need in NEEDS
            if (count := counter.count(need, snapshot.with_term(need)))
        ),
        fees=_fee_values(counter),
        distances=_distance_values(counter, query),
    )


class _Counter:
    """Counts a choice against what all the other filters leave."""

    def __init__(self, snapshot: Snapshot, matching: int, filters: Mapping[str, int]) -> None:
        self.snapshot, self.matching, self.filters = snapshot, matching, filters
        self._others: dict[str, int] = {}
        self._found = reduce(and_, filters.values(), matching)

    def others(self, name: str) -> int:
        """What is found when this one filter is taken away."""
        if name not in self.filters:
            return self._found
        if name not in self._others:
            rest = (bits for other, bits in self.filters.items() if other != name)
            self._others[name] = reduce(and_, rest, self.matching)
        return self._others[name]

    def count(self, name: str, bits: int) -> int:
        return (self.others(name) & bits).bit_count()

    def values(self, name: str, values: Iterable[str]) -> tuple[FacetValue, ...]:
        known = self.snapshot.known_terms(f"{name}:")
        return tuple(
            FacetValue(value, "", count)
            for value in values
            if (term := f"{name}:{value}") in known
            and (count := self.count(name, self.snapshot.with_term(term)))
        )


def _distance_values(counter: _Counter, query: CourseQuery) -> tuple[FacetValue, ...]:
    if query.near is None:
        return ()
    found = []
    for km in STEPS_KM:
        bits = courses_within(counter.snapshot, query.near, 1_000 * km)
        if count := counter.count("near", bits):
            found.append(FacetValue(str(km), "", count))
    return tuple(found)


def _fee_values(counter: _Counter) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    found = []
    for limit in FEE_STEPS_FEN:
        if count := counter.count("fee", snapshot.up_to_fee(limit)):
            found.append(FacetValue(str(limit), "", count))
    return tuple(found)


def _children(snapshot: Snapshot, prefix: str, above: Mapping[str, str], chosen: str) -> list[str]:
    def find() -> list[str]:
        codes = (term[len(prefix) :] for term in snapshot.known_terms(prefix))
        return sorted(code for code in codes if above.get(code, "") == chosen)

    found: list[str] = snapshot.answers.recall(("children", prefix, chosen), find)
    return found


def _place_values(counter: _Counter, chosen: str) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    codes = _children(snapshot, "place:", snapshot.place_above, chosen)
    counted = [
        (code, count)
        for code in codes
        if (count := counter.count("place", snapshot.with_term(f"place:{code}")))
    ]
    counted.sort(key=lambda pair: (-pair[1], pair[0]))
    names = _place_names(snapshot, [code for code, _count in counted[:VALUES_MAX]])
    return tuple(
        FacetValue(code, names.get(code, code), count) for code, count in counted[:VALUES_MAX]
    )


def _places_above(counter: _Counter, chosen: str) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    way = _way_up(snapshot.place_above, chosen)
    names = _place_names(snapshot, way)
    return tuple(
        FacetValue(
            code,
            names.get(code, code),
            counter.count("place", snapshot.with_term(f"place:{code}")),
        )
        for code in way
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
    found = [
        FacetValue(code, tree[code][1], count)
        for code in codes
        if code in tree
        and (count := counter.count("occupation", snapshot.with_term(f"occupation:{code}")))
    ]
    return tuple(sorted(found, key=lambda value: -value.count)[:VALUES_MAX])


def _occupations_above(counter: _Counter, chosen: str | None) -> tuple[FacetValue, ...]:
    snapshot = counter.snapshot
    tree = _occupation_tree(snapshot)
    way: list[FacetValue] = []
    code = chosen or ""
    while code in tree and len(way) < 8:
        bits = snapshot.with_term(f"occupation:{code}")
        way.insert(0, FacetValue(code, tree[code][1], counter.count("occupation", bits)))
        code = tree[code][0]
    return tuple(way)
