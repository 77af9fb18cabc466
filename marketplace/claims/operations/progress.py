"""What happens to claims without anybody's click: silence, and their settlement."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from marketplace.audit.operations import record_event
from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.operations.decide import decision_facts, pass_approval, pass_check
from marketplace.claims.queries.claims import list_claims_holding, lock_claim
from marketplace.claims.queries.lines import list_standing_lines
from marketplace.claims.rules.signing import silence_moves
from marketplace.claims.states import ClaimState
from marketplace.foundation import clock
from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db

SILENCE = "nobody decided in time; low risk"


def advance_claim(claim_id: int) -> bool:
    """Move an overdue claim of low risk one step on; false when it may not move.

    Silence never pays by itself: settlement and payout still carry two signatures each.
    """
    claim = lock_claim(claim_id)
    if not silence_moves(decision_facts(claim, None)):
        return False
    if claim.state is ClaimState.SUBMITTED:
        claim.checked_by_silence = True
        pass_check(claim, actor_id=None, reason=SILENCE)
    else:
        claim.approved_by_silence = True
        pass_approval(claim, actor_id=None, reason=SILENCE)
    return True


def mark_claims_settled(redemption_ids: Sequence[int], *, actor_id: int) -> None:
    """These redemptions are in an approved settlement; claims of which all are become settled."""
    for claim_id in list_claims_holding(redemption_ids):
        claim = lock_claim(claim_id)
        if claim.state is not ClaimState.APPROVED:
            continue
        db.session.execute(
            update(ClaimLine)
            .where(
                ClaimLine.claim_id == claim_id,
                is_among(ClaimLine.redemption_id, redemption_ids),
            )
            .values(settled_at=clock.now())
        )
        if all(line.settled_at for line in list_standing_lines(claim_id)):
            _settle(claim, actor_id)


def _settle(claim: Claim, actor_id: int) -> None:
    claim.state = ClaimState.SETTLED
    claim.settled_at = clock.now()
    db.session.flush()
    record_event(
        "claim.settled",
        subject_kind="claim",
        subject_code=claim.code,
        actor_id=actor_id,
        details={"amount_fen": claim.amount_fen},
    )
