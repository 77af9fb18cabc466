"""What giving money does to the books (domain: Money, first two lines of the table)."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry


def appropriated(fund_code: str) -> AccountName:
    """Everything ever put into a fund."""
    return AccountName("fund:appropriated", fund_code)


def unallotted(fund_code: str) -> AccountName:
    """What of a fund no jurisdiction has yet."""
    return AccountName("fund:unallotted", fund_code)


def available(allotment_code: str) -> AccountName:
    """What of an allotment is promised to nobody."""
    return AccountName("allotment:available", allotment_code)


def committed(allotment_code: str) -> AccountName:
    """What of an allotment is promised to vouchers, but not owed to an institution yet."""
    return AccountName("allotment:committed", allotment_code)


def set_aside(allotment_code: str) -> AccountName:
    """What of an allotment is kept for places of enterprise quotas that nobody has yet."""
    return AccountName("allotment:set_aside", allotment_code)


def frozen(allotment_code: str) -> AccountName:
    """What of an allotment was not used in time."""
    return AccountName("allotment:frozen", allotment_code)


def fund_frozen(fund_code: str) -> AccountName:
    """What of a fund was not allotted in time."""
    return AccountName("fund:frozen", fund_code)


def entry_for_appropriation(
    fund_code: str, *, key: str, amount: Money, effective_on: date
) -> EntryDraft:
    """Money put into a fund."""
    return draft_entry(
        "fund.appropriated",
        key,
        effective_on=effective_on,
        memo=f"Appropriated to fund {fund_code}",
        currency=amount.currency,
        lines=[debit(appropriated(fund_code), amount), credit(unallotted(fund_code), amount)],
    )


def entry_for_allotment(
    source: AccountName, *, allotment_code: str, key: str, amount: Money, effective_on: date
) -> EntryDraft:
    """Money given to a jurisdiction, by the fund or by the allotment above."""
    return draft_entry(
        "fund.allotted",
        key,
        effective_on=effective_on,
        memo=f"Allotted to {allotment_code}",
        currency=amount.currency,
        lines=[debit(source, amount), credit(available(allotment_code), amount)],
    )
