"""What a room offers so that its files can be taken in: read (pure), save (a piece), close.

The rooms above implement `Intake`; the edge drives it piece by piece, one transaction each, so
that a kill between two pieces loses nothing, and inside a piece undoes only that piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from marketplace.imports.problems import Parsed, Problem
from marketplace.imports.states import Verdict


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run a piece belongs to."""

    run_id: int
    as_of: date
    actor_id: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What one row changes: field, before, after of each change. Row 0: absent from the file."""

    row: int
    key: str
    label: str
    verdict: Verdict
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class Outcome:
    """What saving a piece did: counts by name, and problems only the database could show.

    `differences` are filled by a comparison only.
    """

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


class Intake(Protocol):
    """One file (or folder) of one kind from one source."""

    kind: str
    source: str

    def read(self) -> Iterator[Parsed]:
        """Every row, in a fixed order; no database. Refuses a file that cannot be used."""
        ...

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece. Doing it twice has the effect of doing it once."""
        ...

    def close(self, run: RunFacts) -> Outcome:
        """After the last row: what is absent from the file."""
        ...


class ComparingIntake(Intake, Protocol):
    """An intake that can say what it would do before it does it."""

    def compare(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """What saving a piece would do; writes nothing."""
        ...

    def compare_absent(self, run: RunFacts) -> Outcome:
        """What closing would do; writes nothing."""
        ...
