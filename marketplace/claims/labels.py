"""Words and tones of claims, for pages."""

from __future__ import annotations

from marketplace.claims.states import (
    ClaimLineState,
    ClaimState,
    ObjectionGrounds,
    ObjectionState,
    RiskTier,
)
from marketplace.foundation.errors import N_

CLAIM_LABELS: dict[ClaimState, tuple[str, str, str]] = {
    ClaimState.DRAFT: (
        N_("To be submitted"),
        N_("A manager of the institution looks at it and submits it."),
        "decision",
    ),
    ClaimState.SUBMITTED: (
        N_("Being checked"),
        N_("A first officer looks at the sample."),
        "waiting",
    ),
    ClaimState.CHECKED: (N_("Checked"), N_("A second officer approves it."), "waiting"),
    ClaimState.NOTICED: (
        N_("Publicised"),
        N_("Everybody can object until the last day; then a second officer approves it."),
        "waiting",
    ),
    ClaimState.APPROVED: (
        N_("Approved"),
        N_("The fund office puts it into the settlement of its month."),
        "waiting",
    ),
    ClaimState.SETTLED: (
        N_("Settled"),
        N_("Follow the payment in the statement of account."),
        "done",
    ),
    ClaimState.RETURNED: (
        N_("Returned"),
        N_("Correct what was found; the lines are claimed again in a new claim."),
        "decision",
    ),
    ClaimState.REJECTED: (
        N_("Rejected"),
        N_("Its redemptions are reversed; nothing is paid."),
        "decision",
    ),
}
"""State of a claim: word, who acts next, tone."""

CLAIM_LINE_LABELS: dict[ClaimLineState, tuple[str, str]] = {
    ClaimLineState.STANDING: (N_("Claimed"), "neutral"),
    ClaimLineState.RETURNED: (N_("Returned"), "decision"),
    ClaimLineState.REJECTED: (N_("Rejected"), "decision"),
}

TIER_LABELS: dict[RiskTier, str] = {
    RiskTier.LOW: N_("Low risk"),
    RiskTier.MEDIUM: N_("Medium risk"),
    RiskTier.HIGH: N_("High risk"),
}

OBJECTION_LABELS: dict[ObjectionState, tuple[str, str]] = {
    ObjectionState.OPEN: (N_("Being looked into; the claim waits"), "waiting"),
    ObjectionState.UPHELD: (N_("Found to be right"), "done"),
    ObjectionState.DISMISSED: (N_("Nothing found that bears it out"), "neutral"),
}

OBJECTION_GROUNDS_LABELS: dict[ObjectionGrounds, str] = {
    ObjectionGrounds.NOT_TRAINED: N_("Somebody on the list was not trained"),
    ObjectionGrounds.NOT_HELD: N_("The class, or some lessons, did not take place"),
    ObjectionGrounds.OTHER_PERSON: N_("Somebody else attended in a person’s place"),
    ObjectionGrounds.MONEY_BACK: N_("Money or goods were given for names or signatures"),
    ObjectionGrounds.OTHER: N_("Something else"),
}
