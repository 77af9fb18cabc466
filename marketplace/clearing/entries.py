"""What an approved clearing does to the books. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry


def owed_by_region(code: str) -> AccountName:
    """What a region owes the others; below zero: what they owe it. The banks' lines of the
    transfers settle it (`break.settled`, kind `region_clearing`)."""
    return AccountName("clearing:region", code)


def entry_for_clearing(
    key: str, *, nets: Mapping[str, int], currency: str, on: date
) -> EntryDraft | None:
    """Credit each region that owes, debit each that is owed; none when all are even."""
    lines = [
        (credit if fen > 0 else debit)(owed_by_region(code), Money(abs(fen), currency))
        for code, fen in sorted(nets.items())
        if fen
    ]
    if not lines:
        return None
    return draft_entry(
        "clearing.approved", key, effective_on=on, memo=key, currency=currency, lines=lines
    )
