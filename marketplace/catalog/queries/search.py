"""Finding courses: what the public page, the API and the command line find, in the same order.

A filter is a set of courses, a word is a set of courses, and a result is where they meet; a
count beside a filter is the size of the set one gets by choosing it. Titles come before names of
institution, occupation and place, these before the text; an exact title comes first; within one
kind of hit the courses that can be entered now, then the shortest title.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import reduce
from operator import and_, or_

from sqlalchemy import ColumnElement, select
from sqlalchemy import and_ as sql_and

from marketplace.catalog.distances import Origin
from marketplace.catalog.models import Course
from marketplace.catalog.queries.search_cards import CourseCard, read_cards
from marketplace.catalog.queries.search_distance import (
    courses_within,
    distance_of_course,
    nearest_courses,
)
from marketplace.catalog.queries.search_facets import Facets, count_facets
from marketplace.catalog.queries.search_index import hits_for
from marketplace.catalog.queries.search_pinyin import terms_spelled
from marketplace.catalog.queries.search_snapshot import (
    Snapshot,
    present_snapshot,
    price_groups,
)
from marketplace.catalog.search_plan import Reader, Understanding
from marketplace.catalog.search_terms import OPEN
from marketplace.catalog.states import CourseMode, CourseState
from marketplace.foundation.bitsets import bitset_of
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import normal_form
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction

PRICE_GROUPS_MAX = 2_000
"""Own prices are asked for so many kinds of courses (occupation, level, hours, fee) at most."""
FREE_COURSES_MAX, FREE_KINDS_MAX = 3_000, 120
"""Among so many courses, of so many kinds, at most it is counted what costs the reader nothing."""
OwnShares = Callable[[Sequence[int]], Mapping[int, int]]
"""Course numbers -> what the reader would pay in fen, where a voucher of theirs pays a part."""


class CourseSort(StrEnum):
    RELEVANCE = "relevance"
    SOONEST = "soonest"
    FEE = "fee"
    OWN_PRICE = "own_price"
    STARS = "stars"
    DISTANCE = "distance"


@dataclass(frozen=True, slots=True)
class CourseQuery:
    """What somebody looks for; empty fields ask for everything."""

    text: str = ""
    jurisdiction_path: str | None = None
    """Courses of institutions in this subtree, or with an open course run there."""
    place: str | None = None
    """The code of a place, or the name of a county or city of a source without codes."""
    occupation: str | None = None
    """Code of an occupation or of a group of them."""
    fee_fen_max: int | None = None
    own_price_fen_max: int | None = None
    """What the reader pays at most, their voucher considered; 0: nothing."""
    mode: CourseMode | None = None
    level: int | None = None
    stars_least: int | None = None
    """The institution has so many stars or more."""
    near: Origin | None = None
    """Where distances are taken from."""
    km_max: int | None = None
    """Taught at most so far from there; only where coordinates are known."""
    language: str | None = None
    starts_from: date | None = None
    starts_until: date | None = None
    needs: frozenset[str] = frozenset()
    """All of these: open, evening, weekend, wheelchair, childcare, demand."""
    has_open_course_run: bool = False
    institution_id: int | None = None
    sort: CourseSort = CourseSort.RELEVANCE


@dataclass(frozen=True, slots=True)
class CourseResults:
    """One page of what was found, how the words were understood, and what to narrow it by."""

    page: Page[CourseCard]
    understood: bool
    """Whether the query held any word at all."""
    understanding: Understanding = Understanding()
    facets: Facets | None = None
    prices_are_partial: bool = False
    """More kinds of courses than are priced at once: the others count with their full fee."""
    ways_on: tuple[WayOn, ...] = ()
    """Nothing was found: what would find something."""


@dataclass(frozen=True, slots=True)
class WayOn:
    """One thing less, and how many courses that gives."""

    filter_name: str | None
    """The filter to take away; none: search for one word only."""
    word: str | None
    count: int


def search_courses(
    query: CourseQuery,
    page: PageRequest,
    *,
    own_shares: OwnShares | None = None,
    with_facets: bool = False,
) -> CourseResults:
    """Listed, not held back courses of accredited institutions that fit, best first."""
    with present_snapshot() as snapshot:
        search = _Search(snapshot, query, own_shares)
        if query.text.strip() and search.understanding.is_empty:
            return CourseResults(Page([], 0, page.number, page.limit), understood=False)
        slots = search.slots_of_page(page)
        ids = [snapshot.course_ids[slot] for slot in slots]
        total = search.found.bit_count()
        facets = None
        if with_facets:
            facets = count_facets(snapshot, search.matching, search.filters, query)
            if own_shares:
                facets = replace(facets, has_own_prices=True, free=search.count_free())
        ways_on = search.ways_on() if with_facets and not total else ()
        distances = search.distances_of(slots)
        cards = read_cards(snapshot, ids)
    if query.near:
        cards = [replace(card, distance_m=distances.get(card.course_id)) for card in cards]
    return CourseResults(
        Page(cards, total, page.number, page.limit),
        understood=True,
        understanding=search.understanding,
        facets=facets,
        prices_are_partial=search.prices_are_partial,
        ways_on=ways_on,
    )


def count_listed_courses() -> int:
    """How many courses the public can choose from."""
    with present_snapshot() as snapshot:
        return snapshot.offered.bit_count()


def count_courses_of_occupations(codes: Sequence[str]) -> dict[str, int]:
    """How many courses each occupation, or group of them, has on offer."""
    with present_snapshot() as snapshot:
        return {
            code: (snapshot.offered & snapshot.with_term(f"occupation:{code}")).bit_count()
            for code in codes
        }


def find_jurisdiction_path(code: str) -> str | None:
    """The subtree of a place, by its code; none when there is no such place."""
    return db.session.scalar(select(Jurisdiction.path).where(Jurisdiction.code == code))


def find_offered_place(text: str) -> str | None:
    """A place that courses are offered in: by its code, or, of a county or city that has none, by
    its name; as it is written."""
    with present_snapshot() as snapshot:
        name = normal_form(text)
        if name in snapshot.place_names:
            return snapshot.place_names[name]
        return name if name in snapshot.place_above else None


def is_offered() -> ColumnElement[bool]:
    """Listed, nothing held back, the institution in good standing."""
    return sql_and(
        Course.state == CourseState.LISTED,
        Course.quarantine_reason.is_(None),
        Institution.state == InstitutionState.ACCREDITED,
        Institution.quarantine_reason.is_(None),
    )


class _Search:
    """One query against the catalog in memory."""

    def __init__(
        self, snapshot: Snapshot, query: CourseQuery, own_shares: OwnShares | None
    ) -> None:
        self.snapshot, self.query, self.own_shares = snapshot, query, own_shares
        self.understanding = self._understand()
        self.tiers = [tier & snapshot.offered for tier in self.understanding.tiers()]
        self.matching = self.tiers[-1] if self.tiers else snapshot.offered
        self.filters = _filters(snapshot, query)
        self.found = reduce(and_, self.filters.values(), self.matching)
        self.prices_are_partial = False
        self.prices: dict[int, int] = {}
        if query.own_price_fen_max is not None or query.sort == CourseSort.OWN_PRICE:
            self._ask_prices()

    def slots_of_page(self, page: PageRequest) -> list[int]:
        """The courses of one page, in order."""
        skip, count = page.offset, page.limit
        snapshot, sort = self.snapshot, self.query.sort
        if sort == CourseSort.OWN_PRICE:
            ranked = sorted(self.prices, key=lambda slot: (self.prices[slot], slot))
            return ranked[skip : skip + count]
        if sort == CourseSort.DISTANCE and self.query.near:
            return nearest_courses(snapshot, self.query.near, self.found, skip=skip, count=count)
        if sort == CourseSort.STARS:
            return snapshot.by_stars.first(self.found, skip=skip, count=count)
        if sort == CourseSort.FEE:
            return snapshot.by_fee.first(self.found, skip=skip, count=count)
        if sort == CourseSort.SOONEST or not self.tiers:
            return snapshot.by_start.first(self.found, skip=skip, count=count)
        return self._best(skip, count)

    def distances_of(self, slots: Sequence[int]) -> dict[int, int | None]:
        """Course -> metres from where the reader is; none where no coordinates are known."""
        near, snapshot = self.query.near, self.snapshot
        if near is None:
            return {}
        return {
            snapshot.course_ids[slot]: distance_of_course(snapshot, near, slot) for slot in slots
        }

    def ways_on(self) -> tuple[WayOn, ...]:
        """Which filter, taken away, or which word, alone, finds something."""
        ways = []
        for name in self.filters:
            others = (bits for other, bits in self.filters.items() if other != name)
            ways.append(WayOn(name, None, reduce(and_, others, self.matching).bit_count()))
        units = self.understanding.units
        for unit in units if len(units) > 1 else ():
            bits = (unit.own.anywhere | unit.other.anywhere) & self.snapshot.offered
            ways.append(
                WayOn(None, unit.text, reduce(and_, self.filters.values(), bits).bit_count())
            )
        return tuple(way for way in ways if way.count)

    def count_free(self) -> int | None:
        """How many cost the reader nothing, the other filters staying as they are; none where too
        many kinds of courses would have to be priced for a number beside a link."""
        others = (bits for name, bits in self.filters.items() if name != "own_price")
        bits = reduce(and_, others, self.matching)
        if bits.bit_count() > FREE_COURSES_MAX:
            return None
        groups = price_groups(self.snapshot, bits)
        if len(groups) > FREE_KINDS_MAX:
            return None
        own = self._own_fen(groups)
        return sum(len(slots) for group, slots in groups.items() if not self._fen_of(group, own))

    def _own_fen(self, groups: Mapping[int, Sequence[int]]) -> dict[int, int]:
        """What one course of each kind costs the reader, where a voucher pays a part."""
        ids = self.snapshot.course_ids
        samples = {ids[slots[0]]: group for group, slots in groups.items()}
        shares = self.own_shares(list(samples)) if self.own_shares else {}
        return {samples[course_id]: fen for course_id, fen in shares.items()}

    def _fen_of(self, group: int, own: Mapping[int, int]) -> int:
        fee_fen: int = self.snapshot.prices.keys[group][3]
        return own.get(group, fee_fen)

    def _best(self, skip: int, count: int) -> list[int]:
        snapshot = self.snapshot
        joinable = snapshot.with_term(OPEN)
        length = self.understanding.length
        exact: int = snapshot.answers.recall(
            ("length", length), lambda: snapshot.by_length.up_to(length)
        )
        titled = self.tiers[0] | self.tiers[1]
        ranks = [titled & exact & joinable, titled & exact]
        for tier in self.tiers:
            ranks += [tier & joinable, tier]
        found: list[int] = []
        left = self.found
        for rank in ranks:
            here = left & rank
            if not here:
                continue
            left &= ~rank
            size = here.bit_count()
            if skip < size:
                found += snapshot.by_length.first(here, skip=skip, count=count - len(found))
            skip = max(skip - size, 0)
            if len(found) >= count:
                break
        return found

    def _understand(self) -> Understanding:
        snapshot, text = self.snapshot, normal_form(self.query.text)
        if not text:
            return Understanding()

        def read() -> Understanding:
            reader = Reader(
                lambda phrase: hits_for(snapshot, phrase),
                snapshot.synonyms,
                snapshot.synonyms_by_stems(),
                snapshot.vocabulary,
                lambda typed: terms_spelled(snapshot, typed),
            )
            return reader.read(text)

        understanding: Understanding = snapshot.answers.recall(("text", text), read)
        return understanding

    def _ask_prices(self) -> None:
        """What each found course costs the reader: asked once for each kind of course."""
        snapshot = self.snapshot
        groups = price_groups(snapshot, self.found)
        first = dict(sorted(groups.items(), key=lambda group: -len(group[1]))[:PRICE_GROUPS_MAX])
        self.prices_are_partial = len(groups) > len(first)
        own = self._own_fen(first)
        limit = self.query.own_price_fen_max
        for group, slots in groups.items():
            fen = self._fen_of(group, own)
            if limit is None or fen <= limit:
                self.prices.update(dict.fromkeys(slots, fen))
        if limit is not None:
            affordable = bitset_of(self.prices, size=len(snapshot.course_ids))
            self.filters["own_price"] = affordable
            self.found &= affordable


def _filters(snapshot: Snapshot, query: CourseQuery) -> dict[str, int]:
    """Name of a filter -> the courses it lets through."""
    named: dict[str, str | None] = {
        "place": _place_term(query),
        "occupation": f"occupation:{query.occupation}" if query.occupation else None,
        "mode": f"mode:{query.mode.value}" if query.mode else None,
        "stars": f"stars:{query.stars_least}" if query.stars_least else None,
        "level": f"level:{query.level}" if query.level is not None else None,
        "language": f"language:{query.language}" if query.language else None,
        **{need: need for need in query.needs},
    }
    if query.has_open_course_run:
        named[OPEN] = OPEN
    found = {name: snapshot.with_term(term) for name, term in named.items() if term}
    if query.institution_id is not None:
        found["institution"] = snapshot.of_institution(query.institution_id)
    if (limit := query.fee_fen_max) is not None:
        found["fee"] = snapshot.up_to_fee(limit)
    if query.near and query.km_max is not None:
        found["near"] = courses_within(snapshot, query.near, 1_000 * query.km_max)
    if query.starts_from or query.starts_until:
        found["start"] = _starting(snapshot, query.starts_from, query.starts_until)
    return found


def _place_term(query: CourseQuery) -> str | None:
    if query.place:
        return f"place:{normal_form(query.place)}"
    if query.jurisdiction_path:
        return f"place:{query.jurisdiction_path.strip('/').rpartition('/')[2]}"
    return None


def _starting(snapshot: Snapshot, first: date | None, last: date | None) -> int:
    """Courses with a joinable run that begins between two days."""

    def union() -> int:
        days = [
            term
            for term in snapshot.known_terms("start:")
            if (first is None or term[6:] >= first.isoformat())
            and (last is None or term[6:] <= last.isoformat())
        ]
        return reduce(or_, map(snapshot.with_term, days), 0)

    found: int = snapshot.answers.recall(("start", first, last), union)
    return found
