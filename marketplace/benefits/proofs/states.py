"""States of a receipt for an assessment fee."""

from enum import StrEnum


class FeeProofState(StrEnum):
    HANDED_IN = "handed_in"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """With a reason; another one may be handed in."""
