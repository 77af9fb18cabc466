"""Chinese words as they sound: `hangong`, `han gong` and `hg` lead to 焊工. Pure.

pypinyin knows how characters are read. Its dictionary of phrases, which tells the readings of one
character apart (银行, 行业), takes 45 MB in every process and is not loaded: here all readings of a
word count, because whoever types one of them is understood.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import prod

from marketplace.foundation.text import is_cjk, words

TERMS_MAX = 4
"""So many words of one sound are searched for."""
SYLLABLES_MAX, READINGS_MAX = 12, 24
INITIALS_OF_PART_MIN = 3
"""Two initials stand for a whole word only: as a part of longer words they would mean anything."""


def terms_by_sound(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """How one may type each name, or its beginning or end, in Latin letters -> the words meant.

    Earlier names come first, whole names before parts of names.
    """
    runs = list(dict.fromkeys(run for name in names for run in words(name) if _is_speakable(run)))
    found: dict[str, list[str]] = {}
    for run in runs:
        _note(found, run, syllables_of(run), initials_least=2)
    for run in runs:
        syllables = syllables_of(run)
        for size in range(len(run) - 1, 1, -1):
            for part in (slice(0, size), slice(len(run) - size, len(run))):
                _note(found, run[part], syllables[part], initials_least=INITIALS_OF_PART_MIN)
    return {sound: tuple(terms) for sound, terms in found.items()}


@lru_cache(maxsize=20_000)
def syllables_of(run: str) -> tuple[tuple[str, ...], ...]:
    """Every reading of every character, without tones; `lü` is typed lv or lu."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin import Style, pinyin

    found = []
    for character in run:
        ((*readings,),) = pinyin(character, style=Style.NORMAL, heteronym=True)
        both = [form for reading in readings for form in (reading, reading.replace("v", "u"))]
        found.append(tuple(dict.fromkeys(form for form in both if form.isascii())))
    return tuple(found)


def _is_speakable(run: str) -> bool:
    return is_cjk(run) and 2 <= len(run) <= SYLLABLES_MAX


def _note(
    found: dict[str, list[str]],
    term: str,
    syllables: Sequence[tuple[str, ...]],
    *,
    initials_least: int,
) -> None:
    for sound in _sounds(syllables, initials_least):
        terms = found.setdefault(sound, [])
        if term not in terms and len(terms) < TERMS_MAX:
            terms.append(term)


def _sounds(syllables: Sequence[tuple[str, ...]], initials_least: int) -> Iterator[str]:
    if prod(map(len, syllables)) > READINGS_MAX:  # the usual reading of each is its first
        syllables = [readings[:1] for readings in syllables]
    yield from dict.fromkeys(map("".join, product(*syllables)))
    if len(syllables) >= initials_least:
        initials = [tuple({reading[0] for reading in readings}) for readings in syllables]
        yield from sorted(map("".join, product(*initials)))
