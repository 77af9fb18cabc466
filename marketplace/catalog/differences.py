"""What one version of a course says otherwise than another: field by field, word by word. Pure.

Chinese has no spaces, so a Chinese text is compared by character and a Latin one by word; pieces
of one character between two changes are shown as changed too, because a reader cannot follow a
text that alternates letter by letter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from marketplace.catalog.course_features import FEATURES, feature_facts
from marketplace.catalog.rules import FEE_PART_WORDS, MODE_WORDS, CourseContent
from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money

_TOKEN = re.compile(
    "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]|[^\\W\u3400-\u9fff\uf900-\ufaff]+|\\s+|[^\\w\\s]"
)
PAIRS_MAX = 400_000
"""Pairs of equal tokens the matcher may have to look at; beyond, the middle is shown as a whole."""
ISLAND = 1
"""A run of equal tokens this short between two changes is not worth an interruption."""


class PieceKind(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, came or went."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field in both versions; `words` is there for long texts only."""

    name: str
    label: str
    before: Any
    after: Any
    words: tuple[Piece, ...] = ()

    @property
    def is_changed(self) -> bool:
        """The two versions say different things here."""
        return bool(self.before != self.after)


LONG_FIELDS = ("description", "prerequisites")
FIELD_LABELS: dict[str, str] = {
    "title": N_("Title"),
    "description": N_("Description"),
    "mode": N_("How it is taught"),
    "hours": N_("Hours"),
    "fee": N_("Fee"),
    "fee_parts": N_("Parts of the fee"),
    "certificate": N_("Certificate"),
    "prerequisites": N_("What learners need"),
    "attributes": N_("Further facts"),
}


def version_differences(before: CourseContent, after: CourseContent) -> tuple[FieldDifference, ...]:
    """Every field of two versions side by side, changed or not, in the order of the form."""
    old, new = _shown(before), _shown(after)
    return tuple(
        FieldDifference(
            name=name,
            label=label,
            before=old[name],
            after=new[name],
            words=word_difference(old[name] or "", new[name] or "")
            if name in LONG_FIELDS and old[name] != new[name]
            else (),
        )
        for name, label in FIELD_LABELS.items()
    )


def word_difference(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts as stretches that stayed, went and came, in reading order.

    The stretches without the added ones spell the first text, without the removed ones the second.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    head = _equal_start(old, new)
    tail = _equal_start(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    pieces = [
        Piece(PieceKind.SAME, "".join(old[:head])),
        *_middle(middle_old, middle_new),
        Piece(PieceKind.SAME, "".join(old[len(old) - tail :])),
    ]
    return tuple(_joined(piece for piece in pieces if piece.text))


def _shown(content: CourseContent) -> dict[str, Any]:
    parts = tuple(
        (FEE_PART_WORDS.get(name, name), Money(fen, content.currency))
        for name, fen in sorted(content.fee_parts.items())
        if fen
    )
    return {
        "title": content.title,
        "description": content.description,
        "mode": MODE_WORDS[content.mode],
        "hours": content.hours,
        "fee": Money(content.fee_fen, content.currency),
        "fee_parts": parts,
        "certificate": content.certificate,
        "prerequisites": content.prerequisites,
        "attributes": _flat(content.attributes),
    }


def _flat(attributes: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    others = sorted(name for name in attributes if name not in FEATURES)
    return (
        *feature_facts(attributes),
        *((name, str(attributes[name])) for name in others),
    )


def _equal_start(old: Sequence[str], new: Sequence[str]) -> int:
    length = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        length += 1
    return length


def _middle(old: Sequence[str], new: Sequence[str]) -> list[Piece]:
    counted = Counter(old)
    if sum(counted[token] for token in new) > PAIRS_MAX:
        # Long texts of few different characters would keep the matcher busy for minutes.
        return [Piece(PieceKind.REMOVED, "".join(old)), Piece(PieceKind.ADDED, "".join(new))]
    pieces: list[Piece] = []
    for tag, i, j, k, m in _without_islands(
        SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    ):
        if tag == "equal":
            pieces.append(Piece(PieceKind.SAME, "".join(old[i:j])))
            continue
        pieces.append(Piece(PieceKind.REMOVED, "".join(old[i:j])))
        pieces.append(Piece(PieceKind.ADDED, "".join(new[k:m])))
    return [piece for piece in pieces if piece.text]


Opcode = tuple[str, int, int, int, int]


def _without_islands(opcodes: Sequence[Opcode]) -> list[Opcode]:
    kept: list[Opcode] = []
    for number, (tag, i, j, k, m) in enumerate(opcodes):
        is_island = tag == "equal" and j - i <= ISLAND and 0 < number < len(opcodes) - 1
        wanted = "equal" if tag == "equal" and not is_island else "replace"
        if kept and wanted == kept[-1][0] == "replace":
            _tag, first, _j, third, _m = kept[-1]
            kept[-1] = ("replace", first, j, third, m)
        else:
            kept.append((wanted, i, j, k, m))
    return kept


def _joined(pieces: Any) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].kind is piece.kind:
            found[-1] = Piece(piece.kind, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found
