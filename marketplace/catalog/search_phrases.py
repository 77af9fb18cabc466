"""Phrases of a search and where they are found: pure.

One Chinese character is found by prefix (a bigram that begins with it, or the last character of a
run); two or more as a phrase of bigrams; Latin words by their stem, or by their beginning where
that is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.text import bigrams, is_cjk, stem, words


@dataclass(frozen=True, slots=True)
class Phrase:
    """Terms in a row; with `is_beginning` the last one may go on."""

    terms: tuple[str, ...]
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class Hits:
    """The courses that hold a phrase in their title, in names beside it, in their text."""

    title: int = 0
    names: int = 0
    body: int = 0

    @property
    def anywhere(self) -> int:
        return self.title | self.names | self.body

    @property
    def near(self) -> int:
        """In the title or beside it."""
        return self.title | self.names

    def __or__(self, other: Hits) -> Hits:
        return Hits(self.title | other.title, self.names | other.names, self.body | other.body)

    def __and__(self, other: Hits) -> Hits:
        """Both, each wherever it is: as near as the farther of the two."""
        return Hits(
            self.title & other.title,
            self.near & other.near,
            self.anywhere & other.anywhere,
        )


def phrases_of(text_: str, *, is_beginning: bool = False) -> list[Phrase]:
    """The phrases that a text asks for: one per run of Chinese, one per Latin word."""
    found = []
    for word in words(text_):
        if not is_cjk(word):
            found.append(Phrase((word if is_beginning else stem(word),), is_beginning))
        elif len(word) == 1:
            found.append(Phrase((word,), is_beginning=True))
        else:
            found.append(Phrase(tuple(bigrams(word))))
    return found


def quoted_phrase(text_: str) -> Phrase | None:
    """`"steel welding"` as one phrase, word beside word."""
    terms: list[str] = []
    pieces = words(text_)
    for number, piece in enumerate(pieces):
        if not is_cjk(piece):
            terms.append(stem(piece))
        elif len(piece) == 1 and number < len(pieces) - 1:
            terms.append(piece)
        elif number == len(pieces) - 1:
            terms += bigrams(piece) or [piece]
        else:
            terms += [*bigrams(piece), piece[-1]]
    if not terms:
        return None
    return Phrase(tuple(terms), is_beginning=is_cjk(pieces[-1]) and len(pieces[-1]) == 1)
