"""What reserving, releasing and redeeming do to the books. Pure."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.funding.entries import (
    Shares,
    entry_for_pooled_commitment,
    entry_for_pooled_return,
)
from marketplace.funding.rules import split_use
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry


def entry_for_reservation(
    reservation_code: str, *, allotment_code: str, amount: Money, on: date
) -> EntryDraft:
    """An entitlement gets its amount when a course is chosen: available becomes committed."""
    return draft_entry(
        "voucher.reserved",
        reservation_code,
        effective_on=on,
        memo=reservation_code,
        currency=amount.currency,
        lines=[
            debit(AccountName("allotment:available", allotment_code), amount),
            credit(AccountName("allotment:committed", allotment_code), amount),
        ],
    )


def entry_for_release(
    reservation_code: str, *, allotment_code: str, amount: Money, on: date
) -> EntryDraft:
    """An entitlement that was not used: committed becomes available again."""
    return draft_entry(
        "voucher.released",
        reservation_code,
        effective_on=on,
        memo=reservation_code,
        currency=amount.currency,
        lines=[
            debit(AccountName("allotment:committed", allotment_code), amount),
            credit(AccountName("allotment:available", allotment_code), amount),
        ],
    )


def entry_for_redemption(
    voucher_code: str,
    *,
    attempt: int,
    allotment_code: str,
    institution_code: str,
    amount: Money,
    committed: Money,
    on: date,
) -> EntryDraft:
    """Committed money is owed to the institution; what was not earned, or what a face value leaves
    over, is free again.

    The key is the voucher, so one voucher books once; only after a reversal is there a second.
    """
    lines = [
        debit(AccountName("allotment:committed", allotment_code), committed),
        credit(AccountName("payable:institution", institution_code), amount),
    ]
    rest = committed - amount
    if rest.fen > 0:
        lines.append(credit(AccountName("allotment:available", allotment_code), rest))
    return draft_entry(
        "voucher.redeemed",
        _redemption_key(voucher_code, attempt),
        effective_on=on,
        memo=voucher_code,
        currency=amount.currency,
        lines=lines,
    )


def entry_for_pooled_reservation(
    reservation_code: str, shares: Shares, *, currency: str, on: date
) -> EntryDraft:
    """An entitlement is promised by several allotments together."""
    return entry_for_pooled_commitment(
        "voucher.reserved",
        reservation_code,
        shares=shares,
        currency=currency,
        on=on,
        memo=reservation_code,
    )


def entry_for_pooled_release(
    reservation_code: str, shares: Shares, *, currency: str, on: date
) -> EntryDraft:
    """Each allotment has again what it promised."""
    return entry_for_pooled_return(
        "voucher.released",
        reservation_code,
        shares=shares,
        currency=currency,
        on=on,
        memo=reservation_code,
    )


def entry_for_pooled_redemption(
    voucher_code: str,
    *,
    attempt: int,
    shares: Shares,
    institution_code: str,
    amount: Money,
    on: date,
) -> EntryDraft:
    """Each allotment owes pro rata to what it promised; the rest of each is its own again."""
    currency = amount.currency
    lines = [credit(AccountName("payable:institution", institution_code), amount)]
    for code, used, rest in split_use(amount.fen, shares):
        held = Money(used + rest, currency)
        lines.append(debit(AccountName("allotment:committed", code), held))
        if rest:
            free = Money(rest, currency)
            lines.append(credit(AccountName("allotment:available", code), free))
    return draft_entry(
        "voucher.redeemed",
        _redemption_key(voucher_code, attempt),
        effective_on=on,
        memo=voucher_code,
        currency=currency,
        lines=lines,
    )


def _redemption_key(voucher_code: str, attempt: int) -> str:
    return voucher_code if attempt == 1 else f"{voucher_code}/{attempt}"
