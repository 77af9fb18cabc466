"""The settings of claims and advances, with their stated defaults. Pure.

A deployment sets them by a dated row (`claim_policy`); what no row sets has the default named
here. Every default is ours unless its help says otherwise, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.foundation.office_settings import OfficeSetting, known_values, values_in


@dataclass(frozen=True, slots=True)
class ClaimPolicy:
    """How a deployment checks, publicises and pays claims. Days are calendar days."""

    claims_required: int = 0
    claim_within_days: int = 180
    check_days: int = 5
    notice_days: int = 7
    approve_days: int = 3
    pay_days: int = 10
    low_risk_amount: int = 50_000
    """In whole units of the currency (yuan), not fen."""
    unrated_sample_percent: int = 30
    large_extra_percent: int = 10
    advance_percent_max: int = 50
    unrated_advance_percent: int = 30
    advance_clear_days: int = 90
    number: int = 0
    """Of the row that sets them; 0: the defaults."""
    clause: str | None = None

    @property
    def rule(self) -> str:
        """Clause and version, as a refusal cites them; v0: the defaults of this release."""
        return f"{self.clause} · v{self.number}" if self.clause else f"v{self.number}"

    @property
    def low_risk_fen(self) -> int:
        return self.low_risk_amount * 100


CLAIM_POLICY_FIELDS: dict[str, OfficeSetting] = {
    "claims_required": OfficeSetting(
        N_("Only approved claims are settled (1 yes, 0 no)"),
        N_(
            "With 0, a month is settled from its redemptions without a claim, as suits a small "
            "county; what is in a claim waits for its approval all the same."
        ),
        0,
        1,
    ),
    "claim_within_days": OfficeSetting(
        N_("Days after the end of a class within which it is claimed"),
        N_("Our assumption: 180."),
        1,
        3_650,
    ),
    "check_days": OfficeSetting(
        N_("Days for the first officer's check"),
        N_("A claim of low risk that nobody looked at in time moves on by itself. Ours: 5."),
        0,
        90,
    ),
    "notice_days": OfficeSetting(
        N_("Days a claim is publicised"),
        N_("With 0 nothing is publicised. Our assumption: 7 calendar days (5 working days)."),
        0,
        90,
    ),
    "approve_days": OfficeSetting(
        N_("Days for the second officer's approval"),
        N_("Counted from the end of publication. Our assumption: 3."),
        0,
        90,
    ),
    "pay_days": OfficeSetting(
        N_("Days from approval (or the end of the month) to payment"),
        N_("The expected payment date shown to institutions. Our assumption: 10."),
        0,
        180,
    ),
    "low_risk_amount": OfficeSetting(
        N_("Claims up to this amount can be of low risk (whole units, not cents)"),
        N_("Only those of institutions graded A or B are. Our assumption: 50,000."),
        0,
        10_000_000,
    ),
    "unrated_sample_percent": OfficeSetting(
        N_("Share of lines looked at for institutions without a grade (percent)"),
        N_("The share of graded ones is set by the rating policy. Our assumption: 30."),
        0,
        100,
    ),
    "large_extra_percent": OfficeSetting(
        N_("Further share of lines looked at when a claim is larger than that amount (percent)"),
        N_("Added to the share of the grade. Our assumption: 10."),
        0,
        100,
    ),
    "advance_percent_max": OfficeSetting(
        N_("Advance at most (percent of a class's expected amount)"),
        N_("Policies allow up to 50; the grade of the institution may allow less."),
        0,
        50,
    ),
    "unrated_advance_percent": OfficeSetting(
        N_("Advance at most for institutions without a grade (percent)"),
        N_("Our assumption: 30."),
        0,
        50,
    ),
    "advance_clear_days": OfficeSetting(
        N_("Days after the end of a class within which its advance is recovered"),
        N_("Later it is shown as overdue. Our assumption: 90."),
        1,
        730,
    ),
}


def policy_from_values(values: Mapping[str, Any], *, number: int, clause: str) -> ClaimPolicy:
    """The stored settings; a setting that is younger than the row has its default."""
    return ClaimPolicy(**known_values(values, CLAIM_POLICY_FIELDS), number=number, clause=clause)


def values_of(policy: ClaimPolicy) -> dict[str, int]:
    """The settings as stored."""
    return values_in(policy, CLAIM_POLICY_FIELDS)
