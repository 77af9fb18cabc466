"""A violation: something that must always be true and is not. Found by `ledger check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

VIOLATIONS_SHOWN_MAX = 100
"""Per check: a thousand lines of the same damage say no more than a hundred."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Which invariant, of what, and how it shows. Never a name, phone or ID number."""

    invariant: str
    subject: str
    detail: str


Check = Callable[[], Iterator[Violation]]
