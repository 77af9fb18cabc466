"""What a benefit does to the books (domain: Money). Pure."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry

BENEFIT_DUE = "benefit.due"
BENEFIT_WITHDRAWN = "benefit.withdrawn"


def payable_to(worker_code: str) -> AccountName:
    """What is owed to one person. Guarded: nobody is paid more than is owed."""
    return AccountName("payable:worker", worker_code)


def entry_for_benefit_due(
    benefit_code: str, *, allotment_code: str, worker_code: str, amount: Money, on: date
) -> EntryDraft:
    """A benefit is decided: allotment:available becomes payable:worker.

    As a redemption does, the decision of the rules makes the debt; two officers sign its payment.
    """
    return _between(
        BENEFIT_DUE,
        benefit_code,
        AccountName("allotment:available", allotment_code),
        payable_to(worker_code),
        amount,
        on,
    )


def entry_for_benefit_withdrawn(
    benefit_code: str, *, allotment_code: str, worker_code: str, amount: Money, on: date
) -> EntryDraft:
    """Its cause fell away before it was paid: the allotment has the money again."""
    return _between(
        BENEFIT_WITHDRAWN,
        benefit_code,
        payable_to(worker_code),
        AccountName("allotment:available", allotment_code),
        amount,
        on,
    )


def _between(
    kind: str, key: str, debited: AccountName, credited: AccountName, amount: Money, on: date
) -> EntryDraft:
    return draft_entry(
        kind,
        key,
        effective_on=on,
        memo=key,
        currency=amount.currency,
        lines=(debit(debited, amount), credit(credited, amount)),
    )
