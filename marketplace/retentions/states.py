"""States of a withheld share."""

from enum import StrEnum


class RetentionState(StrEnum):
    PLANNED = "planned"
    """Its settlement is prepared, not signed."""
    HELD = "held"
    RELEASED = "released"
    """The milestone is reached: owed to the institution again, paid with the next settlement."""
    RETURNED = "returned"
    """The days are over: back in the allotments it came from."""
    CLAWED_BACK = "clawed_back"
    """All of it was taken by a clawback of its redemption."""
    DROPPED = "dropped"
    """Its settlement was sent back, so that nothing was withheld."""


RETENTION_TRANSITIONS: dict[RetentionState, frozenset[RetentionState]] = {
    RetentionState.PLANNED: frozenset({RetentionState.HELD, RetentionState.DROPPED}),
    RetentionState.HELD: frozenset(
        {RetentionState.RELEASED, RetentionState.RETURNED, RetentionState.CLAWED_BACK}
    ),
    RetentionState.RELEASED: frozenset(),
    RetentionState.RETURNED: frozenset(),
    RetentionState.CLAWED_BACK: frozenset(),
    RetentionState.DROPPED: frozenset(),
}


class DeadlineState(StrEnum):
    """Another last day for a withheld share, before and after its second signature."""

    PREPARED = "prepared"
    APPROVED = "approved"
    REJECTED = "rejected"


class Outcome(StrEnum):
    """What happens to a withheld share on a day."""

    WAITS = "waits"
    WARNED = "warned"
    RELEASED = "released"
    RETURNED = "returned"
