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
    PayoutState.CONFIRMED: frozenset({PayoutState.RETURNED}),
    PayoutState.RETURNED: frozenset({PayoutState.PREPARED}),
}


class PayoutBatchState(StrEnum):
    PREPARED = "prepared"
    APPROVED = "approved"
    SENT = "sent"
    REJECTED = "rejected"


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


TRANSFER_JOB = "stripe_transfers"
"""Kind of the job that hands payouts over to Stripe and looks at those on their way."""
