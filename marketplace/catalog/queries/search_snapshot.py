"""The catalog in memory: which course carries which filter, kept in step with the database.

Facets of a broad search touch every course: counted in SQL they cost seconds at two hundred
thousand courses, as sets in memory a few microseconds each (docs/decisions/0030). Nothing is kept
here that is not read from the tables; a process that starts, or finds a log of changes it does
not know, reads everything again.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select

from marketplace.catalog.distances import Point
from marketplace.catalog.models import Course, CourseRun
from marketplace.catalog.queries.search_changes import ChangeReader, Changes
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
from marketplace.catalog.queries.synonyms import read_synonyms_in_force
from marketplace.catalog.search_plan import stems_of
from marketplace.foundation import clock
from marketplace.foundation.bitsets import Order, bitset_where, members_of, put
from marketplace.foundation.db import db
from marketplace.foundation.text import is_cjk, normal_form, words

STARS_FULL = 500
REREAD_MAX = 2_000
"""More courses than this are cheaper read all together."""
TERMS_MAX, ANSWERS_MAX, NAMES_MAX = 600, 800, 2_000
"""How many sets are kept: at two hundred thousand courses one takes up to 25 kB."""


class Kept(OrderedDict[Any, Any]):
    """The answers asked for last."""

    def __init__(self, size_max: int) -> None:
        super().__init__()
        self.size_max = size_max

    def recall(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept under a key, or made now and kept."""
        if key in self:
            self.move_to_end(key)
            return self[key]
        self[key] = made = make()
        if len(self) > self.size_max:
            self.popitem(last=False)
        return made


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
    slots: dict[int, int] = field(default_factory=dict)
    course_ids: array[int] = field(default_factory=lambda: array("q"))
    institution_of: array[int] = field(default_factory=lambda: array("q"))
    profile_of: array[int] = field(default_factory=lambda: array("l"))
    price_of: array[int] = field(default_factory=lambda: array("l"))
    points_of: array[int] = field(default_factory=lambda: array("l"))
    profiles: list[tuple[str, ...]] = field(default_factory=lambda: [()])
    prices: list[Any] = field(default_factory=list)
    point_sets: list[tuple[Point, ...]] = field(default_factory=lambda: [()])
    """The sites that courses are taught at; courses taught at the same ones share a set."""
    sounds: Any = None
    """Words by their pinyin, and what they were worked out from; see `search_pinyin`."""
    offered: int = 0
    by_fee: Order = field(default_factory=lambda: Order([], [], [0]))
    by_length: Order = field(default_factory=lambda: Order([], [], [0]))
    by_start: Order = field(default_factory=lambda: Order([], [], [0]))
    by_stars: Order = field(default_factory=lambda: Order([], [], [0]))
    terms: Kept = field(default_factory=lambda: Kept(TERMS_MAX))
    answers: Kept = field(default_factory=lambda: Kept(ANSWERS_MAX))
    names: Kept = field(default_factory=lambda: Kept(NAMES_MAX))
    """Set of a term; hits of a phrase and other answers that hold until a course changes; what
    was found of occupations and institutions."""
    _profile_numbers: dict[tuple[str, ...], int] = field(default_factory=lambda: {(): 0})
    _price_numbers: dict[Any, int] = field(default_factory=dict)
    _point_numbers: dict[tuple[Point, ...], int] = field(default_factory=lambda: {(): 0})

    def with_term(self, term: str) -> int:
        """The courses that carry a term, offered or not."""
        found: int = self.terms.recall(term, lambda: self._find_term(term))
        return found

    def of_institution(self, institution_id: int) -> int:
        """The courses of one institution."""
        found: int = self.terms.recall(
            ("institution", institution_id),
            lambda: bitset_where(
                bytes(49 if owner == institution_id else 48 for owner in self.institution_of)
            ),
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
            ("terms", prefix),
            lambda: {term for terms in self.profiles for term in terms if term.startswith(prefix)},
        )
        return found

    def _find_term(self, term: str) -> int:
        table = bytes(49 if term in terms else 48 for terms in self.profiles)
        if 49 not in table:
            return 0
        return bitset_where(bytes(map(table.__getitem__, self.profile_of)))

    def note_titles(self, titles: Iterable[str]) -> None:
        """Add the Latin words of some names to the vocabulary."""
        for title in titles:
            for word in title_words(title):
                if not is_cjk(word) and len(word) > 2:
                    self.vocabulary[word] = self.vocabulary.get(word, 0) + 1

    def load(self) -> None:
        """Read everything."""
        for institution in read_institutions():
            self.note_institution(institution)
        self.occupations = read_occupations()
        self.note_titles(row.title for row in self.occupations.values())
        self.synonyms = read_synonyms_in_force()
        fees, lengths, starts, stars, flags = [], [], [], [], bytearray()
        for row in read_courses(self.institutions, self.occupations):
            self.slots[row.course_id] = len(self.course_ids)
            self.course_ids.append(row.course_id)
            self.institution_of.append(row.institution_id)
            self.profile_of.append(self._profile(row.terms))
            self.price_of.append(self._price(row))
            self.points_of.append(self._point_set(row))
            fees.append(row.fee_fen)
            lengths.append(title_length(row.title))
            starts.append(row.starts)
            stars.append(self._stars_key(row))
            flags.append(49 if self.institutions[row.institution_id].is_offered else 48)
            self.note_titles((row.title,))
            self.note_paths(row.paths)
        self.by_fee, self.by_length = Order.of(fees), Order.of(lengths)
        self.by_start, self.by_stars = Order.of(starts), Order.of(stars)
        self.offered = bitset_where(bytes(flags))

    def note_institution(self, row: InstitutionRow) -> None:
        """Take in one institution, new or changed."""
        self.institutions[row.id] = row
        self.note_titles((row.name,))
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

    def reread(self, course_ids: Iterable[int]) -> None:
        """Look at some courses again."""
        wanted = sorted(set(course_ids))
        found = {
            row.course_id: row for row in read_courses(self.institutions, self.occupations, wanted)
        }
        for course_id in wanted:
            row = found.get(course_id)
            slot = self.slots.get(course_id)
            if row is None and slot is not None:
                self.offered = put(self.offered, slot, present=False)
            elif row is not None:
                self._save(row)
        self.answers.clear()

    def _save(self, row: CourseRow) -> None:
        slot = self.slots.get(row.course_id)
        if slot is None:
            slot = self.slots[row.course_id] = len(self.course_ids)
            self.course_ids.append(row.course_id)
            self.institution_of.append(row.institution_id)
            self.profile_of.append(0)
            self.price_of.append(0)
            self.points_of.append(0)
        before = set(self.profiles[self.profile_of[slot]])
        self.profile_of[slot] = self._profile(row.terms)
        for term in before ^ set(row.terms):
            if term in self.terms:
                self.terms[term] = put(self.terms[term], slot, present=term in row.terms)
        self.terms.pop(("institution", self.institution_of[slot]), None)
        self.terms.pop(("institution", row.institution_id), None)
        self.institution_of[slot] = row.institution_id
        self.price_of[slot] = self._price(row)
        self.points_of[slot] = self._point_set(row)
        self.by_fee.put(slot, row.fee_fen)
        self.by_length.put(slot, title_length(row.title))
        self.by_start.put(slot, row.starts)
        self.by_stars.put(slot, self._stars_key(row))
        self.note_titles((row.title,))
        self.note_paths(row.paths)
        is_offered = self.institutions[row.institution_id].is_offered
        self.offered = put(self.offered, slot, present=is_offered)

    def _profile(self, terms: tuple[str, ...]) -> int:
        number = self._profile_numbers.get(terms)
        if number is None:
            number = self._profile_numbers[terms] = len(self.profiles)
            self.profiles.append(terms)
        return number

    def _price(self, row: CourseRow) -> int:
        number = self._price_numbers.get(row.price_key)
        if number is None:
            number = self._price_numbers[row.price_key] = len(self.prices)
            self.prices.append(row.price_key)
        return number

    def _point_set(self, row: CourseRow) -> int:
        number = self._point_numbers.get(row.points)
        if number is None:
            number = self._point_numbers[row.points] = len(self.point_sets)
            self.point_sets.append(row.points)
        return number

    def _stars_key(self, row: CourseRow) -> int:
        """Most stars first; among equals what can be joined, then the shortest title."""
        without = STARS_FULL - self.institutions[row.institution_id].stars_hundredths
        waits = row.starts == NEVER
        return (2 * without + waits) * 1_000 + min(title_length(row.title), 999)

    def courses_of(self, institution_ids: Iterable[int]) -> list[int]:
        """The courses known of some institutions."""
        wanted = set(institution_ids)
        return [
            self.course_ids[slot]
            for slot, owner in enumerate(self.institution_of)
            if owner in wanted
        ]

    def slots_of(self, course_ids: Iterable[int]) -> list[int]:
        """Slots of the courses that are known."""
        return [slot for course_id in course_ids if (slot := self.slots.get(course_id)) is not None]


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
    holder.snapshot = snapshot
    return snapshot


def _apply(snapshot: Snapshot, changes: Changes) -> bool:
    """Bring what was changed up to date; not done when reading everything is cheaper."""
    if "synonym" in changes.kinds:
        snapshot.synonyms = read_synonyms_in_force()
        snapshot.answers.clear()
        snapshot.names.clear()
    touched = set(changes.course_ids)
    if changes.run_ids:
        touched.update(
            db.session.scalars(select(CourseRun.course_id).where(CourseRun.id.in_(changes.run_ids)))
        )
    if changes.institution_ids:
        ids = sorted(changes.institution_ids)
        for row in read_institutions(ids):
            snapshot.note_institution(row)
        snapshot.names.clear()
        touched.update(snapshot.courses_of(ids))
        touched.update(db.session.scalars(select(Course.id).where(Course.institution_id.in_(ids))))
    if len(touched) > REREAD_MAX:
        return False
    if touched:
        snapshot.reread(touched)
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
