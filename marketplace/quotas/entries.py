"""What a quota does to the books before anybody is named."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.funds.entries import available, set_aside
from marketplace.ledger.entries import EntryDraft, credit, debit, draft_entry


def entry_for_places(
    quota_code: str, *, number: int, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """Two officers granted places: allotment:available → allotment:set_aside. `number` is the step
    of the quota."""
    return draft_entry(
        "quota.set_aside",
        f"{quota_code}:{number}",
        effective_on=effective_on,
        memo=f"Set aside for quota {quota_code}",
        currency=amount.currency,
        lines=[debit(available(allotment_code), amount), credit(set_aside(allotment_code), amount)],
    )


def entry_for_unused_places(
    quota_code: str, *, number: int, allotment_code: str, amount: Money, effective_on: date
) -> EntryDraft:
    """Unused places are taken back or over: allotment:set_aside → allotment:available."""
    return draft_entry(
        "quota.released",
        f"{quota_code}:{number}",
        effective_on=effective_on,
        memo=f"Released by quota {quota_code}",
        currency=amount.currency,
        lines=[debit(set_aside(allotment_code), amount), credit(available(allotment_code), amount)],
    )
