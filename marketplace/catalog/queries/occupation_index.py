"""Where the words of occupations stand, looked up instead of walked through.

A set of occupations is a bitset of their places in one list, as sets of courses are
(docs/decisions/0030). Chinese is found inside the texts of all occupations at once, Latin words by
their stems; a whole classification is looked through in microseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import reduce
from itertools import accumulate
from operator import and_
from typing import TYPE_CHECKING

from marketplace.catalog.queries.search_rows import OccupationRow
from marketplace.foundation.bitsets import members_of
from marketplace.foundation.kept import Kept
from marketplace.foundation.text import is_cjk, stem

if TYPE_CHECKING:
    from marketplace.catalog.queries.search_snapshot import Snapshot

FOUND_MAX = 500
BEGINNING_MIN = 4
"""From this length on a word is also taken as the beginning of a word of a title (`electri`)."""


class Place(IntEnum):
    """Where words stand, the nearest first: in the title as typed or by their stem, among the work
    types, by another word in title or work types, in the definition."""

    SPELLED, TITLE, WORK_TYPE, OTHER_TITLE, OTHER_WORK_TYPE, TEXT = range(6)


class OccupationIndex:
    """The texts of all occupations in force."""

    def __init__(self, rows: Iterable[OccupationRow]) -> None:
        self.rows = list(rows)
        self._titles = _Texts(row.title_text for row in self.rows)
        self._work_types = _Texts(row.work_text for row in self.rows)
        self._definitions = _Texts(row.definition_text for row in self.rows)
        self._title_words = _sets_by_word(row.title_words for row in self.rows)
        self._title_stems = _sets_by_word(row.title_stems for row in self.rows)
        self._body_stems = _sets_by_word(row.body_stems for row in self.rows)
        self._stems = sorted(self._title_stems)
        self._found = Kept(FOUND_MAX)

    def rows_of(self, bits: int) -> list[OccupationRow]:
        """The occupations of a set, in their order."""
        return [self.rows[number] for number in members_of(bits)]

    def holding(self, several: Sequence[str]) -> Mapping[Place, int]:
        """Place -> the occupations that hold all these words there; one may be in several."""
        found: Mapping[Place, int] = self._found.recall(
            tuple(several), lambda: self._look_up(several)
        )
        return found

    def _look_up(self, several: Sequence[str]) -> dict[Place, int]:
        def everywhere(holding: Callable[[str], int]) -> int:
            return reduce(and_, map(holding, several))

        return {
            Place.SPELLED: everywhere(self._as_typed),
            Place.TITLE: everywhere(self._in_title),
            Place.WORK_TYPE: everywhere(self._in_work_types),
            Place.TEXT: everywhere(self._anywhere),
        }

    def is_known(self, word: str) -> bool:
        """Whether any occupation holds a word anywhere."""
        return any(self.holding((word,)).values())

    def _as_typed(self, word: str) -> int:
        """A title names several of them where people ask for one: `mechanic` is `Mechanics`, and
        nearer to it than `Mechanical Drafters`, which has the same stem."""
        if is_cjk(word):
            return self._titles.holding(word)
        return self._title_words.get(word, 0) | self._title_words.get(f"{word}s", 0)

    def _in_title(self, word: str) -> int:
        if is_cjk(word):
            return self._titles.holding(word)
        found = self._title_stems.get(stem(word), 0)
        if len(word) >= BEGINNING_MIN:
            first = bisect_left(self._stems, word)
            last = bisect_right(self._stems, word + "\uffff")
            for longer in self._stems[first:last]:
                found |= self._title_stems[longer]
        return found

    def _in_work_types(self, word: str) -> int:
        return self._work_types.holding(word) if is_cjk(word) else 0

    def _anywhere(self, word: str) -> int:
        if is_cjk(word):
            texts = (self._definitions, self._work_types, self._titles)
            return texts[0].holding(word) | texts[1].holding(word) | texts[2].holding(word)
        return self._body_stems.get(stem(word), 0) | self._title_stems.get(stem(word), 0)


class _Texts:
    """Texts behind one another, so that a word is found in all of them in one go."""

    def __init__(self, texts: Iterable[str]) -> None:
        parts = [f"{text}\0" for text in texts]
        self._text = "".join(parts)
        self._ends = list(accumulate(map(len, parts)))

    def holding(self, word: str) -> int:
        return sum(1 << number for number in self._numbers(word))

    def _numbers(self, word: str) -> Iterator[int]:
        position = self._text.find(word)
        while position >= 0:
            number = bisect_right(self._ends, position)
            yield number
            position = self._text.find(word, self._ends[number])


def _sets_by_word(words_of: Iterable[Iterable[str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, words in enumerate(words_of):
        for word in words:
            found[word] = found.get(word, 0) | 1 << number
    return found


def occupation_index(snapshot: Snapshot) -> OccupationIndex:
    """The index of the occupations in memory: made when first asked for, or at the start."""
    if snapshot.occupation_index is None:
        snapshot.occupation_index = OccupationIndex(snapshot.occupations.values())
    found: OccupationIndex = snapshot.occupation_index
    return found
