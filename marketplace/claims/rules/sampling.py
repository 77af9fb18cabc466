"""How closely people look: tier, size and choice of the sample. Pure and repeatable.

Nobody chooses the lines: the size comes from grade and amount, the lines from a hash of public
codes, so that anybody can work the sample out again (published on the page of each claim).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from marketplace.claims.rules.policy import ClaimPolicy
from marketplace.claims.states import RiskTier
from marketplace.standing.states import Grade

LOW_RISK_GRADES = (Grade.A, Grade.B)


def risk_tier(grade: Grade | None, *, amount_fen: int, policy: ClaimPolicy) -> RiskTier:
    """Low: graded A or B and not above the low-risk amount. High: C or D. Else medium."""
    if grade in (Grade.C, Grade.D):
        return RiskTier.HIGH
    if grade in LOW_RISK_GRADES and amount_fen <= policy.low_risk_fen:
        return RiskTier.LOW
    return RiskTier.MEDIUM


def sample_percent(grade_percent: int | None, *, amount_fen: int, policy: ClaimPolicy) -> int:
    """Share of lines looked at: of the grade (else of the unrated), more for a large claim."""
    percent = policy.unrated_sample_percent if grade_percent is None else grade_percent
    if amount_fen > policy.low_risk_fen:
        percent += policy.large_extra_percent
    return min(percent, 100)


def sample_size(line_count: int, *, percent: int) -> int:
    """ceil(lines × percent / 100): at least one line wherever anything is looked at."""
    return -(-line_count * percent // 100)


def sampled_codes(claim_code: str, redemption_codes: Sequence[str], *, size: int) -> frozenset[str]:
    """The `size` redemptions whose SHA-256 of `claim:redemption` comes first."""

    def place(code: str) -> str:
        return hashlib.sha256(f"{claim_code}:{code}".encode()).hexdigest()

    return frozenset(sorted(redemption_codes, key=place)[:size])
