"""What a payout does to the books (domain: Money)."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry


def clearing(rail: str) -> AccountName:
    """On its way through a rail: sent, and neither confirmed nor returned."""
    return AccountName("clearing:rail", rail)


def paid(rail: str) -> AccountName:
    """What the bank has confirmed."""
    return AccountName("bank:paid", rail)


def entry_for_payout_sent(
    end_to_end_id: str, *, owed: AccountName, rail: str, amount: Money, sent_on: date
) -> EntryDraft:
    """Send a payout: debit what is `owed` (payable:institution, or advance:institution for an
    advance), credit clearing:rail."""
    return draft_entry(
        "payout.sent",
        end_to_end_id,
        effective_on=sent_on,
        memo=end_to_end_id,
        currency=amount.currency,
        lines=(debit(owed, amount), credit(clearing(rail), amount)),
    )


def entry_for_payout_confirmed(
    end_to_end_id: str, *, rail: str, amount: Money, booked_on: date, undone: int = 0
) -> EntryDraft:
    """The bank confirms: debit clearing:rail, credit bank:paid. How often it was `undone` before
    makes it another event, so that the first one is not taken for it."""
    return draft_entry(
        "payout.confirmed",
        f"{end_to_end_id}/{undone + 1}" if undone else end_to_end_id,
        effective_on=booked_on,
        memo=end_to_end_id,
        currency=amount.currency,
        lines=(debit(clearing(rail), amount), credit(paid(rail), amount)),
    )


def entry_for_payout_returned(
    end_to_end_id: str, *, owed: AccountName, rail: str, amount: Money, booked_on: date
) -> EntryDraft:
    """The payment came back: debit clearing:rail, credit what it had been `owed` as."""
    return draft_entry(
        "payout.returned",
        end_to_end_id,
        effective_on=booked_on,
        memo=end_to_end_id,
        currency=amount.currency,
        lines=(debit(clearing(rail), amount), credit(owed, amount)),
    )
