"""A statement as read from a file, before anything is stored, and its proof."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

NO_WORDS: Mapping[str, Any] = MappingProxyType({})
PROBLEMS_KEPT = 1_000
"""A damaged file of a million rows is told by its first thousand problems."""
TOTALS = frozenset({"totals_differ", "count_differs"})
"""What the bank counted otherwise; opening, lines and closing may agree all the same."""
SUM_STANDS = TOTALS | {"running_balance_differs", "does_not_add_up"}
"""Problems that leave opening, lines and closing readable: their sum can still be judged."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What is wrong, and where: statement, entry, field."""

    code: str
    key: str | None = None
    row: int | None = None
    field: str | None = None
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParsedLine:
    """One movement. Negative: money left the bank account."""

    row: int
    booked_on: date
    amount_fen: int
    end_to_end_id: str | None
    bank_reference: str | None
    counterparty: str | None
    remittance: str | None
    return_code: str | None
    entry_fen: int | None = None
    """Amount of the whole entry when this line is one of its details."""
    balance_fen: int | None = None
    """What the account held after it, where the bank says so line by line."""


@dataclass(slots=True)
class ParsedStatement:
    """One statement of one bank account."""

    key: str
    currency: str = ""
    opening_fen: int | None = None
    closing_fen: int | None = None
    from_on: date | None = None
    to_on: date | None = None
    entry_count: int = 0
    pending_count: int = 0
    """Entries the bank has not booked yet; they are not money."""
    incoming_fen: int = 0
    outgoing_fen: int = 0
    lines: list[ParsedLine] = dataclasses.field(default_factory=list)
    problems: list[FileProblem] = dataclasses.field(default_factory=list)
    notes: list[FileProblem] = dataclasses.field(default_factory=list)
    """What a person should know though nothing is wrong."""
    is_notification: bool = False
    """A message that by its nature carries no balances (camt.054, a camt.052 without them)."""
    bank_account_number: str | None = None
    """As the file says it, masked: it tells an officer which account this is."""

    @property
    def difference_fen(self) -> int | None:
        """Opening plus movements minus closing; 0 when the statement proves itself."""
        if self.opening_fen is None or self.closing_fen is None:
            return None
        return self.opening_fen + self.incoming_fen - self.outgoing_fen - self.closing_fen

    @property
    def is_proved(self) -> bool:
        return self.difference_fen == 0 and not self.problems

    @property
    def is_balanced(self) -> bool | None:
        """Whether opening plus entries gives closing; None for a message without balances."""
        unsure = [problem for problem in self.problems if problem.code not in TOTALS]
        if self.is_notification and self.difference_fen is None and not unsure:
            return None
        return self.difference_fen == 0 and not unsure

    @property
    def is_usable(self) -> bool:
        """Whether its lines may be matched: proved, or a notification nothing is wrong with."""
        if self.is_notification and not self.problems:
            return bool(self.lines)
        return self.is_proved

    def note(
        self, code: str, *, row: int | None = None, words: Mapping[str, Any] = NO_WORDS
    ) -> None:
        """Say something a person should know."""
        if len(self.notes) < PROBLEMS_KEPT:
            self.notes.append(FileProblem(code, self.key or None, row, params=words))

    def problem(
        self,
        code: str,
        *,
        row: int | None = None,
        field: str | None = None,
        words: Mapping[str, Any] = NO_WORDS,
    ) -> None:
        """Say what is wrong."""
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(FileProblem(code, self.key or None, row, field, words))

    def count(self, amount_fen: int) -> None:
        """Add a booked movement to what came or went."""
        if amount_fen > 0:
            self.incoming_fen += amount_fen
        else:
            self.outgoing_fen -= amount_fen

    def finish(self) -> None:
        """Judge the sum and give every problem the statement's key."""
        unsure = any(problem.code not in SUM_STANDS for problem in self.problems)
        if self.difference_fen and not unsure:
            words = {"difference": decimal(self.difference_fen)}
            self.problem("does_not_add_up", field="Bal", words=words)
        days = [line.booked_on for line in self.lines]
        self.from_on = self.from_on or min(days, default=None)
        self.to_on = self.to_on or max(days, default=None)
        self.problems = [_keyed(problem, self.key) for problem in self.problems]
        self.notes = [_keyed(note, self.key) for note in self.notes]


def _keyed(problem: FileProblem, key: str) -> FileProblem:
    return dataclasses.replace(problem, key=key)


def decimal(fen: int) -> str:
    """An amount in words of problems: `-12.30`."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """Everything a file says."""

    format: str
    statements: tuple[ParsedStatement, ...] = ()
    problems: tuple[FileProblem, ...] = ()
