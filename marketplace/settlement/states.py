"""States of a settlement."""

from enum import StrEnum


class SettlementState(StrEnum):
    PREPARED = "prepared"
    APPROVED = "approved"
    REJECTED = "rejected"


SETTLEMENT_TRANSITIONS: dict[SettlementState, frozenset[SettlementState]] = {
    SettlementState.PREPARED: frozenset({SettlementState.APPROVED, SettlementState.REJECTED}),
    SettlementState.APPROVED: frozenset(),
    SettlementState.REJECTED: frozenset(),
}


class ProposalState(StrEnum):
    """A clawback the system proposes, until officers decide."""

    OPEN = "open"
    TAKEN = "taken"
    """An officer prepared the clawback; another one signs that. Sent back, it is open again."""
    TO_DISMISS = "to_dismiss"
    """An officer says that nothing is to be taken back; another one signs that."""
    DISMISSED = "dismissed"


class DisputeState(StrEnum):
    """A line of the account that an institution disputes (对账异议)."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DisputeGrounds(StrEnum):
    """What is wrong with the line, in the institution's words."""

    AMOUNT_WRONG = "amount_wrong"
    MISSING = "missing"
    """Something that belongs beside this line is not there."""
    NOT_OURS = "not_ours"
    TWICE = "twice"
    NOT_RECEIVED = "not_received"
    """It is booked as paid, but did not arrive."""
    KEPT_BACK = "kept_back"
    """An advance, clawback or instalment was kept back wrongly."""
    OTHER = "other"


class FollowUp(StrEnum):
    """What follows from an accepted dispute; each is an operation that exists."""

    CORRECTED = "corrected"
    """A later entry on the institution's account corrects it; its number is named."""
    LINE_RETURNED = "line_returned"
    """The claim line is returned at once, to be claimed again."""
    NEXT_SETTLEMENT = "next_settlement"
    """It is put right in the next settlement."""


class RoundAct(StrEnum):
    """What a round does to each of its settlements."""

    PREPARE = "prepare"
    APPROVE = "approve"


class RoundOutcome(StrEnum):
    """What became of one institution or settlement of a round."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
