"""What taking back from a person does to the books (domain: Money). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace.benefits.entries import payable_to
from marketplace.foundation.money import Money
from marketplace.ledger.entries import (
    AccountName,
    EntryDraft,
    Line,
    credit,
    debit,
    draft_entry,
)

CLAWED_BACK = "benefit.clawed_back"
NETTED = "benefit.netted"
REPAID = "benefit.repaid"
WAIVED = "benefit.waived"
Shares = Sequence[tuple[str, int]]
"""Allotment code and fen."""


def receivable_from(worker_code: str) -> AccountName:
    """What one person has to give back. Guarded: nobody gives back more than they owe."""
    return AccountName("receivable:worker", worker_code)


def entry_for_benefit_clawback(
    code: str, *, worker_code: str, shares: Shares, currency: str, on: date
) -> EntryDraft:
    """Claw back: debit receivable:worker, credit allotment:available of each that paid."""
    total = Money(sum(fen for _code, fen in shares), currency)
    lines = [debit(receivable_from(worker_code), total)]
    for allotment_code, fen in shares:
        lines.append(
            credit(AccountName("allotment:available", allotment_code), Money(fen, currency))
        )
    return _entry(CLAWED_BACK, code, lines, currency, on)


def entry_for_benefit_netting(key: str, *, worker_code: str, amount: Money, on: date) -> EntryDraft:
    """Keep back from a later benefit: debit payable:worker, credit receivable:worker."""
    lines = [debit(payable_to(worker_code), amount), credit(receivable_from(worker_code), amount)]
    return _entry(NETTED, key, lines, amount.currency, on)


def entry_for_repayment(
    code: str, *, worker_code: str, allotment_code: str, amount: Money, on: date
) -> EntryDraft:
    """Paid in with a receipt: debit treasury:repaid of the allotment's office, credit
    receivable:worker."""
    treasury = AccountName("treasury:repaid", allotment_code)
    lines = [debit(treasury, amount), credit(receivable_from(worker_code), amount)]
    return _entry(REPAID, code, lines, amount.currency, on)


def entry_for_waiver(
    code: str, *, worker_code: str, shares: Shares, currency: str, on: date
) -> EntryDraft:
    """Waive: the allotments that had it again bear it, pro rata: debit allotment:available, credit
    receivable:worker."""
    total = Money(sum(fen for _code, fen in shares), currency)
    lines = [credit(receivable_from(worker_code), total)]
    for allotment_code, fen in shares:
        lines.append(
            debit(AccountName("allotment:available", allotment_code), Money(fen, currency))
        )
    return _entry(WAIVED, code, lines, currency, on)


def _entry(kind: str, key: str, lines: Sequence[Line], currency: str, on: date) -> EntryDraft:
    return draft_entry(kind, key, effective_on=on, memo=key, currency=currency, lines=lines)
