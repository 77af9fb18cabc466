"""Words and tones of claims, for pages."""

from __future__ import annotations

from marketplace.claims.states import ClaimLineState, ClaimState, RiskTier
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
