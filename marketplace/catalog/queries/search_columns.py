"""What the search keeps of two hundred thousand courses, packed: numbers instead of objects.

Each course has a slot (0, 1, 2 …) and each fact about it stands at that slot of an array. Courses
alike in a fact share one number for it, so that the fact itself is kept and looked at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Generic, TypeVar

import numpy as np

from marketplace.foundation.bitsets import Numbers, bitset_where

Key = TypeVar("Key")
_SPARE = 1_000_000
_UNKNOWN = -1


def numbers_in(column: array[int]) -> Numbers:
    """A column as an array to reckon with: a view, not to be kept while the column grows."""
    return np.frombuffer(column, np.int64) if column else np.zeros(0, np.int64)


class Numbering(Generic[Key]):
    """Numbers for facts that many courses share."""

    def __init__(self, *first: Key) -> None:
        self.keys: list[Key] = []
        self._numbers: dict[Key, int] = {}
        for key in first:
            self.number_of(key)

    def number_of(self, key: Key) -> int:
        """Its number; a new one when it was never seen."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
            self._note(key, number)
        return number

    def _note(self, key: Key, number: int) -> None:
        """For those who keep more about a key."""


class Profiles(Numbering[tuple[str, ...]]):
    """Kinds of courses by the terms they carry, and the kinds that carry a term."""

    def __init__(self) -> None:
        self._with: dict[str, array[int]] = {}
        super().__init__(())

    def _note(self, key: tuple[str, ...], number: int) -> None:
        for term in key:
            if term not in self._with:
                self._with[term] = array("q")
            self._with[term].append(number)

    def courses_with(self, term: str, profile_of: array[int]) -> int:
        """The courses whose kind carries a term, as a set of slots."""
        kinds = self._with.get(term)
        if not kinds:
            return 0
        carries = np.zeros(len(self.keys), np.bool_)
        carries[numbers_in(kinds)] = True
        return bitset_where(carries[numbers_in(profile_of)])

    def known_terms(self, prefix: str) -> set[str]:
        """All terms that were ever carried and begin so."""
        return {term for term in self._with if term.startswith(prefix)}


class Slots:
    """Course -> slot. Numbers of courses are dense, so an array is a fifth of a dictionary; where
    an import has burnt millions of them, it is a dictionary after all."""

    def __init__(self) -> None:
        self.ids = array("q")
        """Slot -> course."""
        self._dense: Numbers | None = np.full(16, _UNKNOWN, np.int64)
        self._sparse: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, course_id: int) -> int:
        """A slot for a course that has none."""
        slot = len(self.ids)
        self.ids.append(course_id)
        if self._dense is not None and course_id >= len(self._dense):
            self._make_room(course_id)
        if self._dense is not None:
            self._dense[course_id] = slot
        else:
            self._sparse[course_id] = slot
        return slot

    def _make_room(self, course_id: int) -> None:
        assert self._dense is not None
        if course_id > 8 * len(self.ids) + _SPARE:
            self._sparse = {known: slot for slot, known in enumerate(self.ids)}
            self._dense = None
            return
        room = np.full(max(course_id + 1, len(self._dense) * 9 // 8), _UNKNOWN, np.int64)
        room[: len(self._dense)] = self._dense
        self._dense = room

    def find(self, course_id: int) -> int | None:
        """The slot of one course, if it has one."""
        if self._dense is None:
            return self._sparse.get(course_id)
        if not 0 <= course_id < len(self._dense):
            return None
        slot = int(self._dense[course_id])
        return None if slot == _UNKNOWN else slot

    def of_known(self, course_ids: Numbers) -> Numbers:
        """The slots of those that have one."""
        if self._dense is None:
            known = (self._sparse.get(course_id, _UNKNOWN) for course_id in course_ids.tolist())
            slots = np.fromiter(known, np.int64)
        else:
            slots = self._dense[course_ids[course_ids < len(self._dense)]]
        found: Numbers = slots[slots != _UNKNOWN]
        return found

    def of_some(self, course_ids: Iterable[int]) -> list[int]:
        """The same for a few."""
        return [slot for known in course_ids if (slot := self.find(known)) is not None]
