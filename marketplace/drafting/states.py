"""Life of a draft, and what a past decision becomes under another policy."""

from enum import StrEnum


class DraftState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    """Waits for another officer."""
    RETURNED = "returned"
    """Sent back with a reason; saving it makes it a draft again."""
    PUBLISHED = "published"
    DISCARDED = "discarded"


DRAFT_TRANSITIONS: dict[DraftState, frozenset[DraftState]] = {
    DraftState.DRAFT: frozenset({DraftState.SUBMITTED, DraftState.DISCARDED}),
    DraftState.SUBMITTED: frozenset({DraftState.DRAFT, DraftState.RETURNED, DraftState.PUBLISHED}),
    DraftState.RETURNED: frozenset({DraftState.DRAFT, DraftState.SUBMITTED, DraftState.DISCARDED}),
    DraftState.PUBLISHED: frozenset(),
    DraftState.DISCARDED: frozenset(),
}
OPEN_STATES = (DraftState.DRAFT, DraftState.SUBMITTED, DraftState.RETURNED)


class Outcome(StrEnum):
    """What a past decision becomes under another policy."""

    GAINS = "gains"
    """More is paid."""
    LOSES = "loses"
    """Less is paid."""
    REFUSED = "refused"
    """Nothing is paid any more: a rule says no."""
    SAME = "same"


class VersionStanding(StrEnum):
    """Where a published version stands on a day."""

    IN_FORCE = "in_force"
    AHEAD = "ahead"
    SUPERSEDED = "superseded"
    OVER = "over"
    """Its last day has passed and no later version took its place."""
