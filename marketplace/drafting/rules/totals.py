"""What a replay comes to: counted slice by slice, so that it can stop and go on anywhere.

`Figures` is stored as JSON with the replay: counts, fen, cells by place and month, reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.drafting.rules.again import Again
from marketplace.drafting.states import Outcome
from marketplace.people.states import WorkerCategory

MONEY_REASONS = frozenset({"no_allotment", "balance_too_low"})
"""Not asked of everybody: whether money is left is told by what it would cost."""


@dataclass(slots=True)
class Figures:
    """The running account of a replay."""

    classes: dict[str, int] = field(default_factory=dict)
    """Outcome -> vouchers used for a class in the period."""
    unused: dict[str, int] = field(default_factory=dict)
    """Outcome -> vouchers given in the period and not used in it."""
    old_fen: int = 0
    new_fen: int = 0
    gained_fen: int = 0
    lost_fen: int = 0
    allowance_old_fen: int = 0
    allowance_new_fen: int = 0
    reconstructed: int = 0
    """Vouchers whose facts were not kept: known by today's registers about that day."""
    cells: dict[str, list[int]] = field(default_factory=dict)
    """`place id|2026-03` -> classes, old fen, new fen."""
    reasons: dict[str, list[int]] = field(default_factory=dict)
    """Code -> vouchers, fen more or less; somebody with two reasons counts in both."""
    allotments: dict[str, list[int]] = field(default_factory=dict)
    """Allotment id -> old fen, new fen."""
    tally: dict[str, int] = field(default_factory=dict)
    """`2026:veteran` -> vouchers the policy would have given; caps of categories count it."""
    people: dict[str, int] = field(default_factory=dict)
    """`both`, `gained`, `lost`, `neither` -> people, by who may have a voucher."""
    people_gained: dict[str, int] = field(default_factory=dict)
    """What kept those out who may have one now: code -> people."""
    people_lost: dict[str, int] = field(default_factory=dict)
    """What keeps those out who may have none any more: code -> people."""
    outlook: list[dict[str, Any]] = field(default_factory=list)
    """Allotment by allotment, when money would run dry; filled in at the end."""

    @property
    def count(self) -> int:
        return sum(self.classes.values())

    @property
    def difference_fen(self) -> int:
        return self.new_fen - self.old_fen

    def given_in(self, year: int) -> dict[WorkerCategory, int]:
        """Vouchers of a year by category, as the policy would have given them so far."""
        return {
            WorkerCategory(key.split(":")[1]): count
            for key, count in self.tally.items()
            if key.startswith(f"{year}:")
        }

    def count_voucher(
        self, again: Again, *, on: date, place_id: int, allotment_id: int, is_used: bool, year: int
    ) -> None:
        """Add one past voucher and its answer."""
        counts = self.classes if is_used else self.unused
        counts[again.outcome.value] = counts.get(again.outcome.value, 0) + 1
        if again.is_given and again.category:
            key = f"{year}:{again.category.value}"
            self.tally[key] = self.tally.get(key, 0) + 1
        difference = again.new_fen - again.old_fen
        for reason in again.reasons:
            _add(self.reasons, reason.code, 1, difference)
        if not is_used:
            return
        self.old_fen += again.old_fen
        self.new_fen += again.new_fen
        self.gained_fen += max(difference, 0)
        self.lost_fen += max(-difference, 0)
        self.allowance_old_fen += again.allowance_old_fen
        self.allowance_new_fen += again.allowance_new_fen
        _add(self.cells, f"{place_id}|{on:%Y-%m}", 1, again.old_fen, again.new_fen)
        _add(self.allotments, str(allotment_id), again.old_fen, again.new_fen)

    def count_person(self, before: frozenset[str] | None, after: frozenset[str]) -> None:
        """Add one registered person: the reasons against a voucher before and after. None before:
        the scheme did not exist."""
        after = after - MONEY_REASONS
        if before is None:
            self._one("neither" if after else "gained")
            return
        before = before - MONEY_REASONS
        if before and not after:
            self._one("gained")
            for code in before:
                self.people_gained[code] = self.people_gained.get(code, 0) + 1
        elif after and not before:
            self._one("lost")
            for code in after:
                self.people_lost[code] = self.people_lost.get(code, 0) + 1
        else:
            self._one("neither" if before else "both")

    def _one(self, name: str) -> None:
        self.people[name] = self.people.get(name, 0) + 1


def _add(table: dict[str, list[int]], key: str, *amounts: int) -> None:
    known = table.setdefault(key, [0] * len(amounts))
    for place, amount in enumerate(amounts):
        known[place] += amount


def figures_from(stored: Mapping[str, Any]) -> Figures:
    """Read what a replay stored: a copy, so that counting on does not change it under the row."""
    return Figures(**deepcopy(dict(stored)))


@dataclass(frozen=True, slots=True)
class Row:
    """Classes and money of a month, a place, or both."""

    key: str
    classes: int
    old_fen: int
    new_fen: int

    @property
    def difference_fen(self) -> int:
        return self.new_fen - self.old_fen


def rows_by_month(figures: Figures) -> list[Row]:
    """`2026-03` and what it cost, in order; months without a class are left out."""
    return _rows(figures, lambda key: key.split("|")[1])


def rows_by_place(figures: Figures) -> list[Row]:
    """Place id and what it cost, the largest first."""
    rows = _rows(figures, lambda key: key.split("|")[0])
    return sorted(rows, key=lambda row: (-row.old_fen - row.new_fen, int(row.key)))


def rows_by_both(figures: Figures) -> list[Row]:
    """`place id|2026-03` and what it cost, in order."""
    return _rows(figures, lambda key: key)


def _rows(figures: Figures, name: Any) -> list[Row]:
    sums: dict[str, list[int]] = {}
    for key, amounts in figures.cells.items():
        _add(sums, name(key), *amounts)
    return [Row(key, *sums[key]) for key in sorted(sums)]


def changed_outcomes(figures: Figures) -> dict[Outcome, int]:
    """Outcome -> classes, all four."""
    return {outcome: figures.classes.get(outcome.value, 0) for outcome in Outcome}
