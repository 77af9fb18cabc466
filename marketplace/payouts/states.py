"""States of payouts and their batches."""

from enum import StrEnum


class PayoutState(StrEnum):
    PREPARED = "prepared"
    APPROVED = "approved"
    SENT = "sent"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


PAYOUT_TRANSITIONS: dict[PayoutState, frozenset[PayoutState]] = {
    PayoutState.PREPARED: frozenset({PayoutState.APPROVED}),
    PayoutState.APPROVED: frozenset({PayoutState.SENT, PayoutState.PREPARED}),
    PayoutState.SENT: frozenset({PayoutState.CONFIRMED, PayoutState.RETURNED}),
    # On its way again only when the bank line that confirmed it was the wrong one.
    PayoutState.CONFIRMED: frozenset({PayoutState.RETURNED, PayoutState.SENT}),
    PayoutState.RETURNED: frozenset({PayoutState.PREPARED}),
}


class PayoutBatchState(StrEnum):
    PREPARED = "prepared"
    APPROVED = "approved"
    SENT = "sent"
    REJECTED = "rejected"


class PayeeKind(StrEnum):
    """Whom the payouts of a batch pay; a batch pays one kind."""

    INSTITUTION = "institution"
    WORKER = "worker"


class RailName(StrEnum):
    BANK_FILE = "bank_file"
    NULL = "null"
    STRIPE = "stripe"


class EventOutcome(StrEnum):
    """What a message of Stripe's did here."""

    CONFIRMED = "confirmed"
    RETURNED = "returned"
    KNOWN = "known"
    REFUSED = "refused"
    IGNORED = "ignored"


class MovementKind(StrEnum):
    """What a line of the Stripe balance means to our books."""

    PAYMENT = "payment"
    REFUND = "refund"
    TRANSFER = "transfer"
    TRANSFER_BACK = "transfer_back"
    FEE = "fee"
    BANK = "bank"
    """Between Stripe and the agency's bank account."""
    OTHER = "other"


class MovementState(StrEnum):
    """What Stripe says moved on the agency's balance, against our books."""

    MATCHED = "matched"
    """A payment, refund, transfer or its return that our books hold with the same amount."""
    BOOKED = "booked"
    """Neither: a fee, or money between Stripe and the bank; booked as what Stripe says it is."""
    BREAK = "break"
    PROPOSED = "proposed"
    """Explained by one officer; another one signs."""
    EXPLAINED = "explained"


TRANSFER_JOB = "stripe_transfers"
"""Kind of the job that hands payouts over to Stripe and looks at those on their way."""
BALANCE_JOB = "stripe_balance"
"""Kind of the job that reads the agency's Stripe balance."""
