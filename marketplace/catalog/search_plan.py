"""Understanding what somebody typed: words, phrases, everyday words, typing errors. Pure.

The index is asked through `find`, so that what is understood can be tested without a database.
A word that finds something is taken as it stands; only one that finds nothing is taken as a
beginning, mended or split, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

from marketplace.catalog.search_phrases import Hits, Phrase, phrases_of, quoted_phrase
from marketplace.foundation.spelling import nearest_word
from marketplace.foundation.text import is_cjk, stem, words

Find = Callable[[Phrase], Hits]
Spelled = Callable[[str], tuple[str, ...]]
"""Pinyin or initials -> the Chinese words that are typed so."""
WORDS_MAX = 12
"""More words of a query are not looked at: nobody types them, and each costs a look-up."""
SYNONYM_WORDS_MAX = 4
RUN_MAX = 24
_QUOTED = re.compile('["“”「」『』]([^"“”「」『』]{1,100})["“”「」『』]')
STOP_WORDS = frozenset(
    "a an and are as at be by do for from how i in is it me my near of on or the to with want "
    "would like".split()
)
"""Left out beside other words."""
EVERY_COURSE = frozenset("learn course courses class classes training program programs".split())
"""True of every course: left out beside other words, but a title that has them stands first."""
STOP_RUNS = (
    "培训班", "培训课程", "培训", "课程", "学习", "考证", "报名", "证书", "专业", "技能", "我想学",
    "我要学", "想学", "怎么学", "哪里学", "附近", "班", "证", "学", "的", "和",
)  # fmt: skip
"""Cut from both ends of a run of Chinese that finds nothing, and left out beside other words."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that was asked for: where it is found itself, and where by its other words."""

    text: str
    own: Hits
    other: Hits = field(default_factory=Hits)

    @property
    def is_empty(self) -> bool:
        return not (self.own.anywhere or self.other.anywhere)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood, and everything the reader should know about it."""

    units: tuple[Unit, ...] = ()
    beside: tuple[Hits, ...] = ()
    """Words that are not required; titles that have them too stand first."""
    also: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Everyday word -> official words that were searched for with it."""
    mended: tuple[tuple[str, str], ...] = ()
    """Typed -> searched for instead."""
    length: int = 0
    """Letters and signs that were asked for: a title no longer than this is an exact one."""

    @property
    def is_empty(self) -> bool:
        """No word at all was recognised."""
        return not self.units

    def tiers(self) -> list[int]:
        """Sets of courses, nearest first, each within the next; the last holds all that fit.

        All words in the title, those not required too; all required; the same with other words;
        in title or names; some in the title; anywhere.
        """
        if not self.units:
            return []
        units = self.units
        titled = reduce(and_, (unit.own.title for unit in units))
        everywhere = reduce(and_, (unit.own.anywhere | unit.other.anywhere for unit in units))
        some = reduce(or_, (unit.own.title | unit.other.title for unit in units))
        return [
            reduce(and_, (hits.title for hits in self.beside), titled),
            titled,
            reduce(and_, (unit.own.title | unit.other.title for unit in units)),
            reduce(and_, (unit.own.near | unit.other.near for unit in units)),
            everywhere & some,
            everywhere,
        ]


class Reader:
    """Reads one query."""

    def __init__(
        self,
        find: Find,
        synonyms: Mapping[str, tuple[str, ...]],
        by_stems: Mapping[tuple[str, ...], str],
        vocabulary: Mapping[str, int],
        spelled: Spelled = lambda typed: (),
    ) -> None:
        self.find = find
        self.by_stems = by_stems
        self.synonyms = synonyms
        self.vocabulary = vocabulary
        self.spelled = spelled
        self.units: list[Unit] = []
        self.also: list[tuple[str, tuple[str, ...]]] = []
        self.mended: list[tuple[str, str]] = []

    def read(self, text: str) -> Understanding:
        """Everything the text asks for."""
        for quoted in _QUOTED.findall(text)[:WORDS_MAX]:
            if phrase := quoted_phrase(quoted):
                self.units.append(Unit(quoted, self.find(phrase)))
        typed = words(_QUOTED.sub(" ", text))[:WORDS_MAX]
        asked = self._without_stop_words(typed)
        beside = [word for word in typed if word in EVERY_COURSE and word not in asked]
        position = 0
        while position < len(asked):
            position += self._read_from(asked, position)
        length = sum(len(word) for unit in self.units for word in words(unit.text))
        return Understanding(
            units=tuple(self.units),
            beside=tuple(self.find(phrases_of(word)[0]) for word in beside),
            also=tuple(self.also),
            mended=tuple(dict.fromkeys(self.mended)),
            length=length + sum(map(len, beside)),
        )

    def _without_stop_words(self, typed: Sequence[str]) -> list[str]:
        stops = {*STOP_WORDS, *EVERY_COURSE, *STOP_RUNS}
        kept = [word for word in typed if word not in stops]
        return kept or ([] if self.units else list(typed))

    def _read_from(self, asked: Sequence[str], position: int) -> int:
        """Read one unit; returns how many words it took."""
        for count in range(min(SYNONYM_WORDS_MAX, len(asked) - position), 0, -1):
            several = asked[position : position + count]
            if word := self.by_stems.get(tuple(map(stem, several))):
                self._read_synonym(" ".join(several), word)
                return count
            if count > 1 and self._find_nothing(several) and self._read_pinyin("".join(several)):
                return count
        word = asked[position]
        if is_cjk(word):
            self._read_run(word[:RUN_MAX])
        else:
            self._read_word(word, is_last=position == len(asked) - 1)
        return 1

    def _find_nothing(self, several: Sequence[str]) -> bool:
        return not any(self.find(phrases_of(word)[0]).anywhere for word in several)

    def _find_all(self, phrases: Sequence[Phrase]) -> Hits:
        """Where all of them are found; once nothing is left, the rest is not asked for."""
        found = self.find(phrases[0])
        for phrase in phrases[1:]:
            if not found.anywhere:
                break
            found &= self.find(phrase)
        return found

    def _read_synonym(self, typed: str, word: str) -> None:
        targets = self.synonyms[word]
        own = self._find_all(phrases_of(typed))
        others = [self._find_all(phrases_of_words(target)) for target in targets if words(target)]
        self.also.append((typed, targets))
        self.units.append(Unit(typed, own, reduce(or_, others, Hits())))

    def _read_word(self, word: str, *, is_last: bool) -> None:
        """A Latin word: as it stands; the last one, unless a title has it, also as a beginning."""
        (whole,) = phrases_of(word)
        own = self.find(whole)
        if not own.anywhere and self._read_pinyin(word):
            return
        if len(word) > 1 and (not own.anywhere or (is_last and not own.near)):
            (beginning,) = phrases_of(word, is_beginning=True)
            own |= self.find(beginning)
        if not own.anywhere and (meant := nearest_word(word, self.vocabulary)):
            self.mended.append((word, meant))
            if key := self.by_stems.get((stem(meant),)):
                self._read_synonym(meant, key)
                return
            (whole,) = phrases_of(meant)
            word, own = meant, self.find(whole)
        self.units.append(Unit(word, own))

    def _read_pinyin(self, typed: str) -> bool:
        """`hangong`, `han gong`, `hg`: the words that sound so; not, when there is none."""
        terms = self.spelled(typed) if _is_pinyin(typed) else ()
        if not terms:
            return False
        meant: dict[str, None] = {}
        for term in terms:
            meant |= dict.fromkeys((term, *self.synonyms.get(term, ())))
        hits = [self._find_all(phrases_of_words(term)) for term in meant]
        (beginning,) = phrases_of(typed, is_beginning=True)
        self.also.append((typed, tuple(meant)))
        self.units.append(Unit(typed, self.find(beginning), reduce(or_, hits, Hits())))
        return True

    def _read_run(self, run: str) -> None:
        """A run of Chinese: as it stands, without what every course is, or in pieces."""
        (whole,) = phrases_of(run)
        own = self.find(whole)
        if own.anywhere:
            self.units.append(Unit(run, own))
            return
        shorter = without_stop_runs(run)
        pieces = self._pieces(shorter) if shorter else []
        if not pieces:
            self.units.append(Unit(run, own))
            return
        self.mended.append((run, " ".join(pieces)))
        for piece in pieces:
            if piece in self.synonyms:
                self._read_synonym(piece, piece)
            else:
                (phrase,) = phrases_of(piece)
                self.units.append(Unit(piece, self.find(phrase)))

    def _pieces(self, run: str) -> list[str]:
        """The run in pieces of two and more characters that are each known, longest first."""
        pieces: list[str] = []
        while run:
            for length in range(len(run), 1, -1):
                piece = run[:length]
                if piece in self.synonyms or self.find(phrases_of(piece)[0]).anywhere:
                    pieces.append(piece)
                    run = without_stop_runs(run[length:])
                    break
            else:
                return []
        return pieces


def stems_of(text: str) -> tuple[str, ...]:
    """The stems of a word or several: the form in which everyday words are compared."""
    return tuple(map(stem, words(text)))


def phrases_of_words(text: str) -> list[Phrase]:
    """The phrases of an official name without `and`, `of` …, which titles write as `&` or leave
    out; all of them where it has no other."""
    found = phrases_of(text)
    kept = [phrase for phrase in found if not STOP_WORDS.issuperset(phrase.terms)]
    return kept or found


def without_stop_runs(run: str) -> str:
    """`我想学电工培训` -> `电工`; what consists of nothing else is gone."""
    before = None
    while before != run:
        before = run
        for stop in STOP_RUNS:
            run = run.removesuffix(stop).removeprefix(stop)
    return run


def _is_pinyin(typed: str) -> bool:
    return typed.isascii() and typed.isalpha() and len(typed) > 1
