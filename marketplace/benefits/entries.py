"""What a benefit does to the books (domain: Money). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import (
    AccountName,
    EntryDraft,
    Line,
    credit,
    debit,
    draft_entry,
)

BENEFIT_DUE = "benefit.due"
BENEFIT_WITHDRAWN = "benefit.withdrawn"
Shares = Sequence[tuple[str, int]]
"""Allotment code and fen, of each that pays."""


def payable_to(worker_code: str) -> AccountName:
    """What is owed to one person. Guarded: nobody is paid more than is owed."""
    return AccountName("payable:worker", worker_code)


def entry_for_benefit_due(
    benefit_code: str, *, shares: Shares, worker_code: str, currency: str, on: date
) -> EntryDraft:
    """A benefit is decided: allotment:available of each that pays becomes payable:worker.

    As a redemption does, the decision of the rules makes the debt; two officers sign its payment.
    """
    total = Money(sum(fen for _code, fen in shares), currency)
    lines = [
        *(debit(AccountName("allotment:available", code), Money(fen, currency))
          for code, fen in shares),
        credit(payable_to(worker_code), total),
    ]  # fmt: skip
    return _entry(BENEFIT_DUE, benefit_code, lines, currency, on)


def entry_for_benefit_withdrawn(
    benefit_code: str, *, shares: Shares, worker_code: str, currency: str, on: date
) -> EntryDraft:
    """Its cause fell away before it was paid: the allotments have the money again."""
    total = Money(sum(fen for _code, fen in shares), currency)
    lines = [
        debit(payable_to(worker_code), total),
        *(credit(AccountName("allotment:available", code), Money(fen, currency))
          for code, fen in shares),
    ]  # fmt: skip
    return _entry(BENEFIT_WITHDRAWN, benefit_code, lines, currency, on)


def _entry(kind: str, key: str, lines: Sequence[Line], currency: str, on: date) -> EntryDraft:
    return draft_entry(kind, key, effective_on=on, memo=key, currency=currency, lines=lines)
