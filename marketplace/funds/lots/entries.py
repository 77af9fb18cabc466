"""What the end of a lot does to the books: frozen where it lies, then sent back up."""

from __future__ import annotations

from datetime import date

from marketplace.foundation.money import Money
from marketplace.funds.states import LOT_EXPIRED, LOT_RETURNED
from marketplace.ledger.entries import AccountName, EntryDraft, credit, debit, draft_entry


def entry_for_lot_expired(
    lot_code: str, *, times: int, held: AccountName, frozen: AccountName, amount: Money, on: date
) -> EntryDraft:
    """The rest of an expired lot is frozen: allotment:available → allotment:frozen.

    The key is the lot; what comes back to it later is frozen under the next number.
    """
    return draft_entry(
        LOT_EXPIRED,
        lot_code if times == 1 else f"{lot_code}/{times}",
        effective_on=on,
        memo=f"Lot {lot_code} expired",
        currency=amount.currency,
        lines=[debit(held, amount), credit(frozen, amount)],
    )


def entry_for_lot_returned(
    return_code: str, *, frozen: AccountName, to: AccountName, amount: Money, on: date
) -> EntryDraft:
    """Frozen money goes back to whoever gave it: allotment:frozen → the upper allotment:available,
    or fund:unallotted; of a fund, fund:frozen → fund:appropriated."""
    return draft_entry(
        LOT_RETURNED,
        return_code,
        effective_on=on,
        memo=f"Returned {return_code}",
        currency=amount.currency,
        lines=[debit(frozen, amount), credit(to, amount)],
    )
