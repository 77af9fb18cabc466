"""The catalog in memory: which course carries which filter, kept in step with the database.

Facets of a broad search touch every course: counted in SQL they cost seconds at two hundred
thousand courses, as sets in memory a few microseconds each (docs/decisions/0030). Nothing is kept
here that is not read from the tables; a process that starts, or finds a log of changes it does
not know, reads everything again.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine, select

from marketplace.catalog.distances import Point
from marketplace.catalog.models import Course, CourseRun
from marketplace.catalog.queries.search_changes import ChangeReader, Changes
from marketplace.catalog.queries.search_columns import Numbering, Profiles, Slots, numbers_in
from marketplace.catalog.queries.search_mending import mend_hits
from marketplace.catalog.queries.search_rows import (
    NEVER,
    CourseRow,
    InstitutionRow,
    OccupationRow,
    parents_of_path,
    read_courses,
    read_institutions,
    read_occupations,
)
from marketplace.catalog.queries.search_warming import make_ready
from marketplace.catalog.queries.synonyms import read_synonyms_in_force
from marketplace.catalog.search_plan import stems_of
from marketplace.foundation import clock
from marketplace.foundation.bitsets import Order, bitset_where, members_of, put
from marketplace.foundation.db import db
from marketplace.foundation.kept import Kept
from marketplace.foundation.lasting import set_aside
from marketplace.foundation.text import is_cjk, normal_form, words

STARS_FULL = 500
LARGE = 5_000
"""From so many courses on a catalog is made ready for its first readers when it is read."""
REREAD_MAX = 2_000
"""More courses than this are cheaper read all together."""
TERMS_MAX, ANSWERS_MAX, HITS_MAX, NAMES_MAX, CARDS_MAX = 600, 400, 1_000, 2_000, 5_000
"""How many sets are kept: at two hundred thousand courses one takes up to 25 kB, the hits of a
frequent phrase up to three times that."""
TABLES_MAX = 32


@dataclass
class Snapshot:
    """Courses as slots 0, 1, 2 …; a set of courses is a bitset of slots."""

    today: date
    institutions: dict[int, InstitutionRow] = field(default_factory=dict)
    occupations: dict[int, OccupationRow] = field(default_factory=dict)
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    vocabulary: dict[str, int] = field(default_factory=dict)
    """Latin words of titles and names -> how often; where typing errors are mended."""
    place_above: dict[str, str] = field(default_factory=dict)
    place_names: dict[str, str] = field(default_factory=dict)
    """Names of counties and cities that have no code, by their normal form."""
    slots: Slots = field(default_factory=Slots)
    institution_of: array[int] = field(default_factory=lambda: array("q"))
    profile_of: array[int] = field(default_factory=lambda: array("q"))
    price_of: array[int] = field(default_factory=lambda: array("q"))
    points_of: array[int] = field(default_factory=lambda: array("q"))
    profiles: Profiles = field(default_factory=Profiles)
    prices: Numbering[Any] = field(default_factory=Numbering)
    point_sets: Numbering[tuple[Point, ...]] = field(default_factory=lambda: Numbering(()))
    """The sites that courses are taught at; courses taught at the same ones share a set."""
    sounds: Any = None
    """Words by their pinyin, and what they were worked out from; see `search_pinyin`."""
    occupation_index: Any = None
    """Where the words of occupations stand; see `occupation_index`."""
    offered: int = 0
    by_fee: Order = field(default_factory=lambda: Order.of([]))
    by_length: Order = field(default_factory=lambda: Order.of([]))
    by_start: Order = field(default_factory=lambda: Order.of([]))
    by_stars: Order = field(default_factory=lambda: Order.of([]))
    terms: Kept = field(default_factory=lambda: Kept(TERMS_MAX))
    """The courses that carry a term."""
    hits: Kept = field(default_factory=lambda: Kept(HITS_MAX))
    """The courses that hold a phrase."""
    answers: Kept = field(default_factory=lambda: Kept(ANSWERS_MAX))
    """What else holds until a course changes."""
    tables: Kept = field(default_factory=lambda: Kept(TABLES_MAX))
    """The choices of one kind, to be counted together; see `search_facets`."""
    names: Kept = field(default_factory=lambda: Kept(NAMES_MAX))
    """What was found of occupations and institutions."""
    cards: Kept = field(default_factory=lambda: Kept(CARDS_MAX))
    """What a card says of a course; see `search_cards`."""

    @property
    def course_ids(self) -> array[int]:
        """Slot -> course."""
        return self.slots.ids

    def with_term(self, term: str) -> int:
        """The courses that carry a term, offered or not."""
        found: int = self.terms.recall(
            term, lambda: self.profiles.courses_with(term, self.profile_of)
        )
        return found

    def of_institution(self, institution_id: int) -> int:
        """The courses of one institution."""
        found: int = self.terms.recall(
            ("institution", institution_id),
            lambda: bitset_where(numbers_in(self.institution_of) == institution_id),
        )
        return found

    def up_to_fee(self, fen: int) -> int:
        """The courses whose fee is at most so much."""
        found: int = self.answers.recall(("fee", fen), lambda: self.by_fee.up_to(fen))
        return found

    def synonyms_by_stems(self) -> dict[tuple[str, ...], str]:
        """The everyday words by their stems, so that `truck drivers` is `truck driver`."""
        found: dict[tuple[str, ...], str] = self.names.recall(
            "synonyms", lambda: {stems_of(word): word for word in self.synonyms}
        )
        return found

    def known_terms(self, prefix: str) -> set[str]:
        """All terms in use that begin so."""
        found: set[str] = self.answers.recall(
            ("terms", prefix), lambda: self.profiles.known_terms(prefix)
        )
        return found

    def note_titles(self, titles: Mapping[str, int]) -> None:
        """Add the Latin words of some names, each so often, to the vocabulary."""
        for title, count in titles.items():
            for word in title_words(title):
                if not is_cjk(word) and len(word) > 2:
                    self.vocabulary[word] = self.vocabulary.get(word, 0) + count

    def load(self) -> None:
        """Read everything."""
        for institution in read_institutions():
            self.note_institution(institution)
        self.occupations = read_occupations()
        self.note_titles(Counter(row.title for row in self.occupations.values()))
        self.synonyms = read_synonyms_in_force()
        fees, lengths, starts, stars, flags = [], [], [], [], bytearray()
        titles: Counter[str] = Counter()
        for row in read_courses(self.institutions, self.occupations):
            length = title_length(row.title)
            self._add(row)
            fees.append(row.fee_fen)
            lengths.append(length)
            starts.append(row.starts)
            stars.append(self._stars_key(row, length))
            flags.append(self.institutions[row.institution_id].is_offered)
            titles[row.title] += 1
            self.note_paths(row.paths)
        self.note_titles(titles)
        self.by_fee, self.by_length = Order.of(fees), Order.of(lengths)
        self.by_start, self.by_stars = Order.of(starts), Order.of(stars)
        self.offered = bitset_where(np.frombuffer(flags, np.bool_))

    def _add(self, row: CourseRow) -> int:
        slot = self.slots.add(row.course_id)
        self.institution_of.append(row.institution_id)
        self.profile_of.append(self.profiles.number_of(row.terms))
        self.price_of.append(self.prices.number_of(row.price_key))
        self.points_of.append(self.point_sets.number_of(row.points))
        return slot

    def note_institution(self, row: InstitutionRow) -> None:
        """Take in one institution, new or changed."""
        self.institutions[row.id] = row
        self.note_titles({row.name: 1})
        self.note_paths((row.path,))
        above = ""
        for name in row.place_names:
            key = normal_form(name)
            self.place_names.setdefault(key, name)
            if key != above:
                self.place_above.setdefault(key, above)
            above = key

    def note_paths(self, paths: Iterable[str]) -> None:
        """Remember which place lies in which."""
        for path in paths:
            self.place_above.update(parents_of_path(path))

    def reread(self, course_ids: Iterable[int], *, only_runs: Collection[int] = ()) -> None:
        """Look at some courses again. Of those whose runs alone changed, the words are what they
        were: a class that fills costs the next reader nothing of them."""
        wanted = sorted(set(course_ids))
        same_words = {one for one in only_runs if self.slots.find(one) is not None}
        found = {
            row.course_id: row for row in read_courses(self.institutions, self.occupations, wanted)
        }
        slots: dict[int, int] = {}
        for course_id in wanted:
            self.cards.pop(course_id, None)
            if course_id in found:
                slots[course_id] = self._save(found[course_id])
            elif (slot := self.slots.find(course_id)) is not None:
                slots[course_id] = slot
                self.offered = put(self.offered, slot, present=False)
        self.answers.clear()
        self.tables.clear()
        mend_hits(self.hits, {one: slot for one, slot in slots.items() if one not in same_words})

    def _save(self, row: CourseRow) -> int:
        slot = self.slots.find(row.course_id)
        if slot is None:
            slot = self._add(row)
            before: set[str] = set()
        else:
            before = set(self.profiles.keys[self.profile_of[slot]])
        self.profile_of[slot] = self.profiles.number_of(row.terms)
        for term in before ^ set(row.terms):
            if term in self.terms:
                self.terms[term] = put(self.terms[term], slot, present=term in row.terms)
        self.terms.pop(("institution", self.institution_of[slot]), None)
        self.terms.pop(("institution", row.institution_id), None)
        self.institution_of[slot] = row.institution_id
        self.price_of[slot] = self.prices.number_of(row.price_key)
        self.points_of[slot] = self.point_sets.number_of(row.points)
        length = title_length(row.title)
        self.by_fee.put(slot, row.fee_fen)
        self.by_length.put(slot, length)
        self.by_start.put(slot, row.starts)
        self.by_stars.put(slot, self._stars_key(row, length))
        self.note_titles({row.title: 1})
        self.note_paths(row.paths)
        is_offered = self.institutions[row.institution_id].is_offered
        self.offered = put(self.offered, slot, present=is_offered)
        return slot

    def _stars_key(self, row: CourseRow, length: int) -> int:
        """Most stars first; among equals what can be joined, then the shortest title."""
        without = STARS_FULL - self.institutions[row.institution_id].stars_hundredths
        waits = row.starts == NEVER
        return (2 * without + waits) * 1_000 + min(length, 999)

    def courses_of(self, institution_ids: Iterable[int]) -> list[int]:
        """The courses known of some institutions."""
        owned = np.isin(numbers_in(self.institution_of), list(institution_ids))
        found: list[int] = numbers_in(self.course_ids)[owned].tolist()
        return found

    def slots_of(self, course_ids: Iterable[int]) -> list[int]:
        """Slots of the courses that are known."""
        return self.slots.of_some(course_ids)


@dataclass
class _Holder:
    """One engine's snapshot, its place in the log, and the lock that guards both."""

    lock: Any = field(default_factory=RLock)
    snapshot: Snapshot | None = None
    changes: ChangeReader = field(default_factory=ChangeReader)
    depth: int = 0
    """How often the one who holds the lock is looking: only the first look asks for changes."""
    is_tainted: bool = False
    """Read inside a unit of work that may yet be undone."""


_HOLDERS: WeakKeyDictionary[Engine, _Holder] = WeakKeyDictionary()


@contextmanager
def present_snapshot() -> Iterator[Snapshot]:
    """The catalog as it is now, held while it is asked. Looks within one look see the same."""
    holder = _HOLDERS.setdefault(db.engine, _Holder())
    with holder.lock:
        if holder.depth and holder.snapshot is not None:
            snapshot = holder.snapshot
        else:
            snapshot = _brought_up_to_date(holder)
        holder.depth += 1
        try:
            yield snapshot
        finally:
            holder.depth -= 1


def _brought_up_to_date(holder: _Holder) -> Snapshot:
    snapshot = holder.snapshot
    today = clock.today()
    if snapshot is None or snapshot.today != today or holder.is_tainted:
        return _loaded(holder, today)
    changes = holder.changes.read()
    if changes == Changes():
        return snapshot
    holder.is_tainted = bool(db.session().info.get("writing"))
    if changes.anew or changes.kinds - {"synonym"} or not _apply(snapshot, changes):
        return _loaded(holder, today)
    return snapshot


def _loaded(holder: _Holder, today: date) -> Snapshot:
    holder.snapshot = None
    holder.is_tainted = bool(db.session().info.get("writing"))
    holder.changes.begin()
    snapshot = Snapshot(today)
    snapshot.load()
    if len(snapshot.slots) >= LARGE:
        make_ready(snapshot)
        set_aside()
    holder.snapshot = snapshot
    return snapshot


def _apply(snapshot: Snapshot, changes: Changes) -> bool:
    """Bring what was changed up to date; not done when reading everything is cheaper."""
    if "synonym" in changes.kinds:
        snapshot.synonyms = read_synonyms_in_force()
        snapshot.answers.clear()
        snapshot.names.clear()
    touched = set(changes.course_ids)
    of_runs: set[int] = set()
    if changes.run_ids:
        theirs = select(CourseRun.course_id).where(CourseRun.id.in_(changes.run_ids))
        of_runs.update(db.session.scalars(theirs))
    if changes.institution_ids:
        ids = sorted(changes.institution_ids)
        for row in read_institutions(ids):
            snapshot.note_institution(row)
        snapshot.names.clear()
        touched.update(snapshot.courses_of(ids))
        touched.update(db.session.scalars(select(Course.id).where(Course.institution_id.in_(ids))))
    only_runs = of_runs - touched
    touched |= only_runs
    if len(touched) > REREAD_MAX:
        return False
    if touched:
        snapshot.reread(touched, only_runs=only_runs)
    return True


@lru_cache(maxsize=50_000)
def title_words(title: str) -> tuple[str, ...]:
    """The words of a title; many courses have the same one."""
    return tuple(words(title))


def title_length(title: str) -> int:
    """Letters and signs of a title that count: the shortest title holding a word is nearest."""
    return sum(map(len, title_words(title)))


def price_groups(snapshot: Snapshot, bits: int) -> Mapping[int, list[int]]:
    """A set of courses by what decides their price: number of the group -> slots."""
    groups: dict[int, list[int]] = {}
    for slot in members_of(bits):
        groups.setdefault(snapshot.price_of[slot], []).append(slot)
    return groups
