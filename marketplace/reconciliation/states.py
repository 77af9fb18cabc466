"""States of statement lines and breaks."""

from enum import StrEnum


class StatementLineState(StrEnum):
    IMPORTED = "imported"
    MATCHED = "matched"
    BREAK = "break"
    EXPLAINED = "explained"
    SET_ASIDE = "set_aside"
    """Its statement was taken in wrongly: it stays readable and counts for nothing."""


class StatementKind(StrEnum):
    STATEMENT = "statement"
    """Proved: opening balance plus lines gives the closing balance."""
    NOTIFICATION = "notification"
    """Without balances: its lines are matched, the day's statement proves them."""


class BreakState(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    RESOLVED = "resolved"
    """The line found its payout later, without anybody explaining it."""
    SET_ASIDE = "set_aside"
    """Its statement was taken in wrongly."""


class SetAsideState(StrEnum):
    """That a statement was taken in wrongly: said by one officer, signed by another."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    RETURNED = "returned"
    """The second officer sent it back with a reason; the statement counts as before."""
    WITHDRAWN = "withdrawn"
    """The first officer took it back before anybody signed."""


class UndoingState(StrEnum):
    """That a line was tied to the wrong payout: said by one officer, signed by another."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    RETURNED = "returned"
    """The second officer sent it back with a reason; the match counts as before."""
    WITHDRAWN = "withdrawn"
    """The first officer took it back before anybody signed."""


class ProposalState(StrEnum):
    """An entry proposed for a difference, from the maker to the checker."""

    PROPOSED = "proposed"
    POSTED = "posted"
    RETURNED = "returned"
    """The checker sent it back with a reason."""
    WITHDRAWN = "withdrawn"
    """The maker took it back or changed it, or the line found its payout meanwhile."""
    REVERSED = "reversed"
    """Posted, and undone by a second entry; the difference is open again."""


class ProposalKind(StrEnum):
    """What a difference is, in the words of the books."""

    BANK_FEE = "bank_fee"
    INTEREST = "interest"
    UNKNOWN_RECEIPT = "unknown_receipt"
    RECEIPT_PAID_BACK = "receipt_paid_back"
    UNKNOWN_PAYMENT = "unknown_payment"
    PAYMENT_RECOVERED = "payment_recovered"
    DUPLICATE_PAYMENT = "duplicate_payment"
    OVERPAYMENT_REPAID = "overpayment_repaid"
    PERSON_REPAID = "person_repaid"
    """A person gives back a benefit that was clawed back."""
    RETURNED_PAYMENT = "returned_payment"
    REGION_CLEARING = "region_clearing"
    STRIPE_BANK = "stripe_bank"
    """Money between Stripe and the bank: the other side of a line of the Stripe balance."""
    NO_ENTRY = "no_entry"
    """Not ours to book: the same money is in the books already, or is none of them."""
    REVERSAL = "reversal"
    """Undoes an earlier settlement of the same difference."""


LINE_TRANSITIONS: dict[StatementLineState, frozenset[StatementLineState]] = {
    StatementLineState.IMPORTED: frozenset(
        {StatementLineState.MATCHED, StatementLineState.BREAK, StatementLineState.SET_ASIDE}
    ),
    StatementLineState.BREAK: frozenset(
        {StatementLineState.MATCHED, StatementLineState.EXPLAINED, StatementLineState.SET_ASIDE}
    ),
    # Only when its match is undone.
    StatementLineState.MATCHED: frozenset({StatementLineState.BREAK}),
    # Only when the entry that settled the difference is reversed.
    StatementLineState.EXPLAINED: frozenset({StatementLineState.BREAK}),
    StatementLineState.SET_ASIDE: frozenset(),
}
