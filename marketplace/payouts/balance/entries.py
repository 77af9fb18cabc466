"""What moves at Stripe beside our payments does to the books. Pure.

`stripe:other` is everything that moved on the balance beside co-payments, their refunds and
transfers, as `bank:other` is for a bank account.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import (
    AccountName,
    EntryDraft,
    credit,
    debit,
    draft_entry,
)
from marketplace.payouts.states import MovementKind

COUNTERS = {
    MovementKind.FEE: "stripe:fees",
    MovementKind.BANK: "stripe:bank",
    MovementKind.OTHER: "suspense:stripe",
}


def other_stripe(currency: str) -> AccountName:
    """What moved on the balance beside our payments, refunds and transfers."""
    return AccountName("stripe:other", currency)


def entry_for_movement(
    movement_id: str, *, kind: MovementKind, own: Money, fee: Money, on: date
) -> EntryDraft | None:
    """Book a line: `own` as what it is (none of our own payments: those stand in the books), and
    its `fee`. Money that left debits the counter account and credits `stripe:other`."""
    currency = own.currency
    debits: Counter[AccountName] = Counter()  # below zero: a credit; an account comes once
    if kind in COUNTERS:
        debits[AccountName(COUNTERS[kind], currency)] -= own.fen
        debits[other_stripe(currency)] += own.fen
    debits[AccountName("stripe:fees", currency)] += fee.fen
    debits[other_stripe(currency)] -= fee.fen
    lines = [
        (debit if fen > 0 else credit)(name, Money(abs(fen), currency))
        for name, fen in debits.items()
        if fen
    ]
    if not lines:
        return None
    return draft_entry(
        "stripe.moved", movement_id, effective_on=on, memo=movement_id, currency=currency,
        lines=lines,
    )  # fmt: skip
