"""A statement as read from a file, before anything is stored, and its proof."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


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

    @property
    def difference_fen(self) -> int | None:
        """Opening plus movements minus closing; 0 when the statement proves itself."""
        if self.opening_fen is None or self.closing_fen is None:
            return None
        return self.opening_fen + self.incoming_fen - self.outgoing_fen - self.closing_fen

    @property
    def is_proved(self) -> bool:
        return self.difference_fen == 0 and not self.problems


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """Everything a file says."""

    format: str
    statements: tuple[ParsedStatement, ...] = ()
    problems: tuple[FileProblem, ...] = ()
