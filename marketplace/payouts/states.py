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
