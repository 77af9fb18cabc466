"""Small typing errors: the nearest known word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

LENGTH_MIN = 4
"""Shorter words have too many neighbors to guess which one was meant."""
LENGTH_OF_TWO = 7
"""From this length on two errors are forgiven, below it one."""


def nearest_word(word: str, known: Mapping[str, int]) -> str | None:
    """The known word within one or two errors; the fewest errors first, then the commonest.

    An error is a letter too many, too few, another one, or two neighbors exchanged
    (Damerau-Levenshtein, restricted).
    """
    if len(word) < LENGTH_MIN or not word.isascii():
        return None
    allowed = 2 if len(word) >= LENGTH_OF_TWO else 1
    mask = _letters(word)
    best: tuple[int, int, str] | None = None
    for candidate, count in known.items():
        if abs(len(candidate) - len(word)) > allowed or candidate == word:
            continue
        if (mask ^ _letters(candidate)).bit_count() > 2 * allowed:
            continue
        errors = errors_between(word, candidate, limit=allowed)
        if errors is None:
            continue
        rank = (errors, -count, candidate)
        if best is None or rank < best:
            best = rank
    return best[2] if best else None


def errors_between(first: str, second: str, *, limit: int) -> int | None:
    """How many errors lie between two words; none when more than `limit`."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, start=1):
        line = [i]
        for j, other in enumerate(second, start=1):
            cost = min(row[j] + 1, line[j - 1] + 1, row[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            line.append(cost)
        if min(line) > limit:
            return None
        before, row = row, line
    return row[-1] if row[-1] <= limit else None


@lru_cache(maxsize=100_000)
def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits
