"""States of a claim and of its lines; how risky it is."""

from enum import StrEnum


class ClaimState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKED = "checked"
    NOTICED = "noticed"
    APPROVED = "approved"
    SETTLED = "settled"
    RETURNED = "returned"
    REJECTED = "rejected"


class ClaimLineState(StrEnum):
    STANDING = "standing"
    RETURNED = "returned"
    REJECTED = "rejected"


class RiskTier(StrEnum):
    """How closely people look at a claim; only a low one moves on by silence."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ObjectionState(StrEnum):
    """What became of an objection from the public."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


class ObjectionGrounds(StrEnum):
    """What somebody knows about a publicised claim."""

    NOT_TRAINED = "not_trained"
    NOT_HELD = "not_held"
    """The class, or some of its lessons, did not take place."""
    OTHER_PERSON = "other_person"
    MONEY_BACK = "money_back"
    """Money or goods were given for the name or the signature."""
    OTHER = "other"


IN_REVIEW = (ClaimState.SUBMITTED, ClaimState.CHECKED, ClaimState.NOTICED)
"""Somebody has to look: such a claim's redemptions are neither settled nor reversed elsewhere."""

CLAIM_TRANSITIONS: dict[ClaimState, frozenset[ClaimState]] = {
    ClaimState.DRAFT: frozenset({ClaimState.SUBMITTED}),
    ClaimState.SUBMITTED: frozenset({ClaimState.CHECKED, ClaimState.RETURNED, ClaimState.REJECTED}),
    ClaimState.CHECKED: frozenset(
        {ClaimState.NOTICED, ClaimState.APPROVED, ClaimState.RETURNED, ClaimState.REJECTED}
    ),
    ClaimState.NOTICED: frozenset({ClaimState.APPROVED, ClaimState.RETURNED, ClaimState.REJECTED}),
    ClaimState.APPROVED: frozenset({ClaimState.SETTLED}),
    ClaimState.SETTLED: frozenset(),
    ClaimState.RETURNED: frozenset(),
    ClaimState.REJECTED: frozenset(),
}
"""Returned and rejected are ends: what was returned is claimed again in a new claim."""
