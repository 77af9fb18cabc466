"""What reserving, releasing and redeeming do to the books. Pure."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
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
    """Committed money is owed to the institution; what a face value leaves over is free again.

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
        voucher_code if attempt == 1 else f"{voucher_code}/{attempt}",
        effective_on=on,
        memo=voucher_code,
        currency=amount.currency,
        lines=lines,
    )
