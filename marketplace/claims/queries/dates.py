"""When a claim's steps are due, from what has happened so far."""

from __future__ import annotations

from sqlalchemy import func, select

from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.claims.rules.dates import ClaimDates, ClaimSteps, claim_dates
from marketplace.claims.states import ClaimState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.redemption.models import Redemption
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.ratings import find_current_rating
from marketplace.standing.rules.policy import Effects
from marketplace.standing.states import Grade


def get_grade_effects(institution_id: int) -> tuple[Grade | None, Effects | None]:
    """The grade in force and what the rating policy says it brings; none: never rated."""
    rating = find_current_rating(institution_id)
    if rating is None:
        return None, None
    return rating.grade, get_rating_policy(clock.today()).effects[rating.grade]


def get_claim_dates(claim: Claim) -> ClaimDates:
    """Due days of a claim; those of a draft as if it were submitted today."""
    redeemed_until = db.session.scalar(
        select(func.max(Redemption.redeemed_on))
        .join(ClaimLine, ClaimLine.redemption_id == Redemption.id)
        .where(ClaimLine.claim_id == claim.id, ClaimLine.released_at.is_(None))
    )
    hold_days = claim.hold_days
    if claim.state is ClaimState.DRAFT:
        _grade, effects = get_grade_effects(claim.institution_id)
        hold_days = effects.payout_hold_days if effects else 0
    submitted_at = claim.submitted_at or clock.now()
    steps = ClaimSteps(
        submitted_on=clock.local_date(submitted_at),
        redeemed_until=redeemed_until or clock.local_date(submitted_at),
        checked_on=clock.local_date(claim.checked_at) if claim.checked_at else None,
        notice_until=claim.notice_until,
        approved_on=clock.local_date(claim.approved_at) if claim.approved_at else None,
    )
    return claim_dates(steps, get_claim_policy(), hold_days=hold_days)
