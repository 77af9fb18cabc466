"""Claims line by line (invariants 13 and 20)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.states import IN_REVIEW, ClaimState, RiskTier
from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.redemptions import is_in_settlement

DECIDED = (*IN_REVIEW, ClaimState.APPROVED, ClaimState.SETTLED)


def claims_are_the_sum_of_their_lines() -> Iterator[Violation]:
    """13: a claim asks for the sum of its standing lines."""
    total = func.coalesce(func.sum(ClaimLine.amount_fen), 0)
    standing = and_(ClaimLine.claim_id == Claim.id, ClaimLine.released_at.is_(None))
    rows = db.session.execute(
        select(Claim.code, Claim.amount_fen, total)
        .outerjoin(ClaimLine, standing)
        .group_by(Claim.id, Claim.code, Claim.amount_fen)
        .having(Claim.amount_fen != total)
        .order_by(Claim.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, amount_fen, lines_fen in rows:
        yield Violation("13 claim", f"claim {code}", f"{amount_fen} stated, lines {lines_fen} fen")


def redemptions_are_in_one_claim() -> Iterator[Violation]:
    """13: a redemption stands in at most one claim, with its amount, class and institution."""
    twice = db.session.execute(
        select(Redemption.code, func.count())
        .join(ClaimLine, ClaimLine.redemption_id == Redemption.id)
        .where(ClaimLine.released_at.is_(None))
        .group_by(Redemption.id, Redemption.code)
        .having(func.count() > 1)
        .order_by(Redemption.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, count in twice:
        yield Violation("13 claim", f"redemption {code}", f"stands in {count} claims")
    differing = db.session.execute(
        select(Claim.code, Redemption.code)
        .join(ClaimLine, ClaimLine.claim_id == Claim.id)
        .join(Redemption, Redemption.id == ClaimLine.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .where(
            Claim.state.in_(DECIDED),
            ClaimLine.released_at.is_(None),
            or_(
                ClaimLine.amount_fen != Redemption.amount_fen,
                Claim.institution_id != Redemption.institution_id,
                Claim.course_run_id != Enrollment.course_run_id,
                Redemption.reversal_entry_id.is_not(None),
            ),
        )
        .order_by(Claim.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, redemption_code in differing:
        yield Violation("13 claim", f"claim {code}", f"differs from {redemption_code}")


def nothing_under_review_is_settled() -> Iterator[Violation]:
    """13: what is settled is in no claim that still waits for its decision."""
    rows = db.session.execute(
        select(Claim.code, Redemption.code)
        .join(ClaimLine, ClaimLine.claim_id == Claim.id)
        .join(Redemption, Redemption.id == ClaimLine.redemption_id)
        .where(Claim.state.in_(IN_REVIEW), ClaimLine.released_at.is_(None), is_in_settlement())
        .order_by(Claim.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, redemption_code in rows:
        yield Violation("13 claim", f"claim {code}", f"{redemption_code} was settled before it")


def claims_were_signed() -> Iterator[Violation]:
    """20: two people, neither of the institution, or silence over a claim of low risk."""
    rows = db.session.scalars(
        select(Claim.code)
        .where(
            or_(
                Claim.checked_by == Claim.approved_by,
                Claim.submitted_by == Claim.checked_by,
                Claim.submitted_by == Claim.approved_by,
                and_(
                    Claim.state.in_((ClaimState.APPROVED, ClaimState.SETTLED)),
                    or_(
                        Claim.approved_by.is_(None) & ~Claim.approved_by_silence,
                        Claim.checked_by.is_(None) & ~Claim.checked_by_silence,
                    ),
                ),
                and_(
                    Claim.checked_by_silence | Claim.approved_by_silence,
                    func.coalesce(Claim.tier, "") != RiskTier.LOW.value,
                ),
            )
        )
        .order_by(Claim.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in rows:
        yield Violation("20 two people", f"claim {code}", "not signed as its risk asks for")


CHECKS: tuple[Check, ...] = (
    claims_are_the_sum_of_their_lines,
    redemptions_are_in_one_claim,
    nothing_under_review_is_settled,
    claims_were_signed,
)
