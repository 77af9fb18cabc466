"""States of a clearing run."""

from enum import StrEnum


class ClearingState(StrEnum):
    PREPARED = "prepared"
    SIGNED = "signed"
    """One officer has signed; another signs next."""
    APPROVED = "approved"
    REJECTED = "rejected"


CLEARING_TRANSITIONS: dict[ClearingState, frozenset[ClearingState]] = {
    ClearingState.PREPARED: frozenset({ClearingState.SIGNED, ClearingState.REJECTED}),
    ClearingState.SIGNED: frozenset({ClearingState.APPROVED, ClearingState.REJECTED}),
    ClearingState.APPROVED: frozenset(),
    ClearingState.REJECTED: frozenset(),
}
