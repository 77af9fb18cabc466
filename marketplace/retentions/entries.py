"""What withholding does to the books (domain: Money)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry


def retained(institution_code: str) -> AccountName:
    """What an institution has earned if a certificate or employment is proven in time."""
    return AccountName("retention:institution", institution_code)


def _payable(institution_code: str) -> AccountName:
    return AccountName("payable:institution", institution_code)


def entry_for_retention(
    settlement_code: str, *, institution_code: str, amount: Money, on: date
) -> EntryDraft:
    """Withhold: debit payable:institution, credit retention:institution, once for a settlement."""
    return draft_entry(
        "retention.held",
        settlement_code,
        effective_on=on,
        memo=settlement_code,
        currency=amount.currency,
        lines=(
            debit(_payable(institution_code), amount),
            credit(retained(institution_code), amount),
        ),
    )


def entry_for_retention_release(
    retention_code: str, *, institution_code: str, amount: Money, on: date
) -> EntryDraft:
    """The milestone is reached: debit retention:institution, credit payable:institution."""
    return draft_entry(
        "retention.released",
        retention_code,
        effective_on=on,
        memo=retention_code,
        currency=amount.currency,
        lines=(
            debit(retained(institution_code), amount),
            credit(_payable(institution_code), amount),
        ),
    )


def entry_for_retention_return(
    retention_code: str,
    *,
    institution_code: str,
    shares: Sequence[tuple[str, int]],
    currency: str,
    on: date,
) -> EntryDraft:
    """The days are over: debit retention:institution, credit allotment:available of each that
    paid."""
    total = Money(sum(fen for _code, fen in shares), currency)
    return draft_entry(
        "retention.returned",
        retention_code,
        effective_on=on,
        memo=retention_code,
        currency=currency,
        lines=(
            debit(retained(institution_code), total),
            *(
                credit(AccountName("allotment:available", code), Money(fen, currency))
                for code, fen in shares
            ),
        ),
    )
