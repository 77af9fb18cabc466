"""What vouchers do to the books outside redemption: face value promised, and given back."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.funding.entries import (
    Shares,
    entry_for_pooled_commitment,
    entry_for_pooled_return,
)
from marketplace.funds.entries import available, committed, set_aside
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry


def entry_for_issue(
    voucher_code: str, *, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """A face-value voucher promises its value: allotment:available → allotment:committed."""
    return draft_entry(
        "voucher.issued",
        voucher_code,
        effective_on=effective_on,
        memo=f"Issued voucher {voucher_code}",
        currency=amount.currency,
        lines=[debit(available(allotment_code), amount), credit(committed(allotment_code), amount)],
    )


def entry_for_quota_issue(
    voucher_code: str, *, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """A voucher out of an enterprise quota takes what was set aside for its place:
    allotment:set_aside → allotment:committed."""
    return draft_entry(
        "voucher.issued",
        voucher_code,
        effective_on=effective_on,
        memo=f"Issued voucher {voucher_code} out of a quota",
        currency=amount.currency,
        lines=[debit(set_aside(allotment_code), amount), credit(committed(allotment_code), amount)],
    )


def entry_for_quota_end(
    kind: str, voucher_code: str, *, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """The place of an ended voucher is free again, and its money set aside as before; `kind` says
    how it ended."""
    to = set_aside(allotment_code)
    return _entry_back(kind, voucher_code, allotment_code, amount, effective_on, to=to)


def entry_for_pooled_issue(
    voucher_code: str, shares: Shares, *, currency: str, effective_on: date
) -> EntryDraft:
    """The same where several allotments promise it together."""
    return entry_for_pooled_commitment(
        "voucher.issued",
        voucher_code,
        shares=shares,
        currency=currency,
        on=effective_on,
        memo=f"Issued voucher {voucher_code}",
    )


def entry_for_pooled_end(
    kind: str, voucher_code: str, shares: Shares, *, currency: str, effective_on: date
) -> EntryDraft:
    """An unused face value goes back to the allotments that promised it; `kind` says why."""
    return entry_for_pooled_return(
        kind,
        voucher_code,
        shares=shares,
        currency=currency,
        on=effective_on,
        memo=f"Voucher {voucher_code} {kind.split('.')[1]}",
    )


def entry_for_batch(
    batch_code: str, *, number: int, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """A slice of a batch promises the face values it issued from one allotment, in one entry."""
    return draft_entry(
        "voucher.batch_issued",
        batch_key(batch_code, number, allotment_code),
        effective_on=effective_on,
        memo=f"Issued vouchers of batch {batch_code} from {allotment_code}",
        currency=amount.currency,
        lines=[debit(available(allotment_code), amount), credit(committed(allotment_code), amount)],
    )


def batch_key(batch_code: str, number: int, allotment_code: str) -> str:
    """The natural key of one slice's entry on one allotment."""
    return f"{batch_code}:{number}:{allotment_code}"


def entry_for_expiry(
    voucher_code: str, *, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """An unused face-value voucher gives its value back."""
    return _entry_back("voucher.expired", voucher_code, allotment_code, amount, effective_on)


def entry_for_revocation(
    voucher_code: str, *, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """A revoked face-value voucher gives its value back."""
    return _entry_back("voucher.revoked", voucher_code, allotment_code, amount, effective_on)


def _entry_back(
    kind: str,
    voucher_code: str,
    allotment_code: str,
    amount: Money,
    effective_on: date,
    *,
    to: AccountName | None = None,
) -> EntryDraft:
    verb, to = kind.split(".")[1], to or available(allotment_code)
    return draft_entry(
        kind,
        voucher_code,
        effective_on=effective_on,
        memo=f"Voucher {voucher_code} {verb}",
        currency=amount.currency,
        lines=[debit(committed(allotment_code), amount), credit(to, amount)],
    )
