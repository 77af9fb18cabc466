"""What a commitment of several allotments does to the books: one entry, each side per allotment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace.foundation.money import Money
from marketplace.funds.entries import available, committed
from marketplace.ledger.entries import EntryDraft, credit, debit, draft_entry

Shares = Sequence[tuple[str, int]]
"""Allotment code and fen."""


def entry_for_pooled_commitment(
    kind: str, key: str, *, shares: Shares, currency: str, on: date, memo: str
) -> EntryDraft:
    """Each allotment promises its share: allotment:available → allotment:committed."""
    lines = []
    for code, fen in shares:
        amount = Money(fen, currency)
        lines += [debit(available(code), amount), credit(committed(code), amount)]
    return draft_entry(kind, key, effective_on=on, memo=memo, currency=currency, lines=lines)


def entry_for_pooled_return(
    kind: str, key: str, *, shares: Shares, currency: str, on: date, memo: str
) -> EntryDraft:
    """Each allotment has its share again: allotment:committed → allotment:available."""
    lines = []
    for code, fen in shares:
        amount = Money(fen, currency)
        lines += [debit(committed(code), amount), credit(available(code), amount)]
    return draft_entry(kind, key, effective_on=on, memo=memo, currency=currency, lines=lines)
