"""When are two lines of two files the same movement, and does a statement follow another? Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.reconciliation.formats.statements import ParsedLine, ParsedStatement


@dataclass(frozen=True, slots=True)
class LineKeys:
    """What makes a line itself, in whatever file and order it comes again."""

    digest: str
    """Of everything the line says."""
    number: int
    """Lines alike in everything are told apart by counting them."""
    movement_key: str | None
    """Of the whole entry, where the bank gave it a reference."""

    def line_key(self, bank_account: str, offset: int = 0) -> str:
        return f"{bank_account}:{self.digest}:{self.number + offset}"


@dataclass(frozen=True, slots=True)
class Span:
    """A stored statement as the chain sees it."""

    code: str
    opening_fen: int
    closing_fen: int
    from_on: date | None
    to_on: date | None
    is_notification: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether a statement follows the one before it: `first`, `continues`, `overlaps`, `gap`."""

    verdict: str
    before: Span | None = None


def keys_of_lines(lines: Sequence[ParsedLine], bank_account: str) -> list[LineKeys]:
    """Keys of lines in their order. A running balance is part of what a line says."""
    seen: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    keys = []
    last: tuple[int, str | None] = (-1, None)
    for line in lines:
        digest = _digest(line)
        seen[digest] += 1
        if line.row != last[0]:
            last = (line.row, _movement_key(line, bank_account, entries))
        keys.append(LineKeys(digest, seen[digest], last[1]))
    return keys


def statement_key(statement: ParsedStatement, line_keys: Sequence[str]) -> str:
    """The bank's name of a statement with a fingerprint of what it says."""
    said = (statement.opening_fen, statement.closing_fen, sorted(line_keys))
    return f"{statement.key}:{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


def begins_where_ended(statement: ParsedStatement, earlier: Span) -> bool:
    """Whether a statement begins where an earlier one ended: then none of its lines is that one's,
    however alike they are (two equal bank fees of one day)."""
    if earlier.is_notification or statement.opening_fen is None:
        return False
    moved = earlier.opening_fen != earlier.closing_fen
    in_order = (
        statement.from_on is None or earlier.to_on is None or earlier.to_on <= statement.from_on
    )
    return moved and in_order and statement.opening_fen == earlier.closing_fen


def chain_of(statement: ParsedStatement, earlier: Sequence[Span]) -> Chain:
    """How a statement follows those before it (latest first)."""
    spans = [span for span in earlier if not span.is_notification]
    if statement.opening_fen is None or not spans:
        return Chain("first")
    for span in spans:
        if span.closing_fen == statement.opening_fen:
            return Chain("continues", span)
    latest = spans[0]
    if latest.to_on and statement.from_on and latest.to_on >= statement.from_on:
        return Chain("overlaps", latest)
    return Chain("gap", latest)


def _digest(line: ParsedLine) -> str:
    said: tuple[object, ...] = (
        line.bank_reference,
        line.booked_on.isoformat(),
        line.amount_fen,
        line.end_to_end_id,
        line.remittance,
        line.counterparty,
    )
    if line.balance_fen is not None:
        said += (line.balance_fen,)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def _movement_key(line: ParsedLine, bank_account: str, entries: Counter[str]) -> str | None:
    if not line.bank_reference:
        return None
    amount = line.amount_fen if line.entry_fen is None else line.entry_fen
    said = (line.bank_reference, line.booked_on.isoformat(), amount)
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:32]
    entries[digest] += 1
    return f"{bank_account}:{digest}:{entries[digest]}"
