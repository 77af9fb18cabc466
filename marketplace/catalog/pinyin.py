"""Chinese words as they sound: `hangong`, `han gong` and `hg` lead to 焊工. Pure.

pypinyin knows how characters are read. Its dictionary of phrases, which tells the readings of one
character apart (银行, 行业), takes 45 MB in every process and is not loaded: here all readings of a
word count, because whoever types one of them is understood.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import prod

from marketplace.foundation.text import is_cjk, words

TERMS_MAX = 4
"""So many words of one sound are searched for."""
SYLLABLES_MAX, READINGS_MAX = 12, 24
PART_LETTERS_MIN = 4
INITIALS_OF_PART_MIN = 3
"""Fewer letters stand for a whole word only: as a part of longer words they would mean anything."""
Syllables = Sequence[tuple[str, ...]]
PartOf = Callable[[str, str, bool], str]
"""Run, what was typed, whether its end is meant -> the characters meant."""


class Sounds:
    """Names by the ways they may be typed in Latin letters, whole or their beginning or end."""

    def __init__(self, names: Iterable[str]) -> None:
        self._whole: dict[str, list[str]] = {}
        self._spoken, self._initials = _Lines(), _Lines()
        for run in dict.fromkeys(run for name in names for run in words(name)):
            if is_cjk(run) and 2 <= len(run) <= SYLLABLES_MAX:
                self._note(run)
        self._spoken.close()
        self._initials.close()

    def terms_of(self, typed: str) -> tuple[str, ...]:
        """The words meant: whole names, else parts of names; earlier names first, few of them."""
        found = dict.fromkeys(self._whole.get(typed, ()))
        if not found and len(typed) >= PART_LETTERS_MIN:
            found |= dict.fromkeys(self._spoken.parts(typed, _spoken_part))
        if not found and len(typed) >= INITIALS_OF_PART_MIN:
            found |= dict.fromkeys(self._initials.parts(typed, _initials_part))
        return tuple(found)[:TERMS_MAX]

    def _note(self, run: str) -> None:
        syllables = syllables_of(run)
        if prod(map(len, syllables)) > READINGS_MAX:  # the usual reading of each is its first
            syllables = tuple(readings[:1] for readings in syllables)
        for spoken in map("".join, product(*syllables)):
            self._whole.setdefault(spoken, []).append(run)
            self._spoken.add(spoken, run)
        initials = [dict.fromkeys(reading[0] for reading in readings) for readings in syllables]
        for letters in map("".join, product(*initials)):
            self._whole.setdefault(letters, []).append(run)
            self._initials.add(letters, run)


class _Lines:
    """Sounds as one long text, a line each: looked through faster than one by one."""

    def __init__(self) -> None:
        self._sounds: list[str] = []
        self._runs: list[str] = []
        self._starts: list[int] = []
        self._text = "\n"

    def add(self, sound: str, run: str) -> None:
        self._starts.append((self._starts[-1] + len(self._sounds[-1]) + 1) if self._starts else 1)
        self._sounds.append(sound)
        self._runs.append(run)

    def close(self) -> None:
        self._text = "\n".join(["", *self._sounds, ""])

    def parts(self, typed: str, part_of: PartOf) -> Iterator[str]:
        """Of every name that begins or ends with these letters: the characters meant."""
        for wanted, is_end in ((f"\n{typed}", False), (f"{typed}\n", True)):
            place = self._text.find(wanted)
            while place >= 0:
                number = bisect_right(self._starts, place + (not is_end)) - 1
                if part := part_of(self._runs[number], typed, is_end):
                    yield part
                place = self._text.find(wanted, place + 1)


def syllables_of(run: str) -> tuple[tuple[str, ...], ...]:
    """Every reading of every character, without tones; `lü` is typed lv or lu."""
    return tuple(map(_readings, run))


@lru_cache(maxsize=20_000)
def _readings(character: str) -> tuple[str, ...]:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin import Style, pinyin

    ((*readings,),) = pinyin(character, style=Style.NORMAL, heteronym=True)
    both = [form for reading in readings for form in (reading, reading.replace("v", "u"))]
    return tuple(dict.fromkeys(form for form in both if form.isascii()))


def _initials_part(run: str, typed: str, at_end: bool) -> str:
    return run[-len(typed) :] if at_end else run[: len(typed)]


def _spoken_part(run: str, typed: str, at_end: bool) -> str:
    """The characters of a beginning or end that are read exactly so; empty: no whole ones are."""
    syllables = syllables_of(run)
    for size in range(2, len(run)):
        part = slice(len(run) - size, None) if at_end else slice(0, size)
        if _is_read(syllables[part], typed):
            return run[part]
    return ""


def _is_read(syllables: Syllables, typed: str) -> bool:
    if not syllables:
        return not typed
    return any(
        typed.startswith(reading) and _is_read(syllables[1:], typed[len(reading) :])
        for reading in syllables[0]
    )
