"""Is the name on a bank line the payee's? Pure."""

from __future__ import annotations

import re
from enum import IntEnum

from marketplace.foundation.text import bigrams, normal_form

_ORNAMENT = re.compile(r"[\W_]+")
CUT_MIN = 4
"""Banks cut long names; what is left must say at least this much."""
LIKE_MIN = 0.7


class NameLikeness(IntEnum):
    """How far two names agree; the greater the better."""

    OTHER = 0
    UNKNOWN = 1
    LIKE = 2
    EQUAL = 3


def name_key(name: str) -> str:
    """A name without case, width, space and punctuation."""
    return _ORNAMENT.sub("", normal_form(name))


def likeness(found: str, known: str) -> NameLikeness:
    """Equal; alike when one was cut off or most pairs of characters agree; else another."""
    one, other = name_key(found), name_key(known)
    if not one or not other or set(found) <= set("*- "):
        return NameLikeness.UNKNOWN
    if one == other:
        return NameLikeness.EQUAL
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= CUT_MIN and shorter in longer:
        return NameLikeness.LIKE
    pairs, others = set(bigrams(one)), set(bigrams(other))
    if not pairs or not others:
        return NameLikeness.OTHER
    shared = 2 * len(pairs & others) / (len(pairs) + len(others))
    return NameLikeness.LIKE if shared >= LIKE_MIN else NameLikeness.OTHER
