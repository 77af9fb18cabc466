"""What settling a difference does to the books (domain: Money). Pure.

The bank side is `bank:other`: everything that moved on a bank account beside our payouts, which
have `bank:paid`. So both together are what the bank's statements moved.
"""

from __future__ import annotations

from datetime import date

from marketplace.benefits.clawbacks.entries import receivable_from
from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry
from marketplace.reconciliation.states import ProposalKind

_OF_THE_BANK = {
    ProposalKind.BANK_FEE: "bank:fees",
    ProposalKind.INTEREST: "bank:interest",
    ProposalKind.UNKNOWN_RECEIPT: "suspense:receipts",
    ProposalKind.RECEIPT_PAID_BACK: "suspense:receipts",
    ProposalKind.UNKNOWN_PAYMENT: "suspense:payments",
    ProposalKind.PAYMENT_RECOVERED: "suspense:payments",
}
_OF_A_PAYEE = frozenset({ProposalKind.DUPLICATE_PAYMENT, ProposalKind.OVERPAYMENT_REPAID})
WITHOUT_OWN_ENTRY = frozenset(
    {ProposalKind.NO_ENTRY, ProposalKind.RETURNED_PAYMENT, ProposalKind.REVERSAL}
)
"""A return is booked by payouts, a reversal by the ledger, the rest not at all."""


def other_bank(bank_account: str, currency: str) -> AccountName:
    """What moved on a bank account beside payouts; one ledger account for each currency."""
    return AccountName("bank:other", f"{bank_account}.{currency}")


def counter_side(
    kind: ProposalKind,
    *,
    bank_account: str,
    currency: str,
    institution_code: str | None,
    worker_code: str | None = None,
    place_code: str | None,
) -> AccountName:
    """The other side of the bank's line."""
    if kind in _OF_A_PAYEE:
        if worker_code is not None:
            return AccountName("overpaid:worker", worker_code)
        assert institution_code is not None, "a payment too many has its payee"
        return AccountName("overpaid:institution", institution_code)
    if kind is ProposalKind.PERSON_REPAID:
        assert worker_code is not None, "a repayment has its person"
        return receivable_from(worker_code)
    if kind is ProposalKind.REGION_CLEARING:
        assert place_code is not None, "clearing is owed by a place"
        return AccountName("clearing:region", place_code)
    if kind is ProposalKind.STRIPE_BANK:
        return AccountName("stripe:bank", currency)  # as payouts books it from Stripe's line
    return AccountName(_OF_THE_BANK[kind], f"{bank_account}.{currency}")


def entry_for_break(
    key: str,
    *,
    bank: AccountName,
    counter: AccountName,
    amount: Money,
    on: date,
    memo: str,
) -> EntryDraft:
    """Settle a difference: money that left debits the counter account and credits the bank,
    money that came the other way round. `amount` has the sign of the bank's line."""
    moved = Money(abs(amount.fen), amount.currency)
    debited, credited = (counter, bank) if amount.fen < 0 else (bank, counter)
    return draft_entry(
        "break.settled",
        key,
        effective_on=on,
        memo=memo,
        currency=amount.currency,
        lines=(debit(debited, moved), credit(credited, moved)),
    )
