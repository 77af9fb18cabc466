"""A clawback of a redemption takes what is still withheld of it before the institution owes it."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.retentions.queries.retentions import lock_held_of_redemption
from marketplace.retentions.states import RetentionState


def take_back_retained(
    redemption_id: int, *, amount_fen: int, clawback_code: str, actor_id: int
) -> int:
    """How much of an amount is taken from what is withheld of a redemption: what waits longest
    comes last. The clawback's entry debits retention:institution by it."""
    left_fen = amount_fen
    for retention in lock_held_of_redemption(redemption_id):
        taken_fen = min(left_fen, retention.left_fen)
        if taken_fen == 0:
            break
        left_fen -= taken_fen
        retention.clawed_back_fen += taken_fen
        if retention.left_fen == 0:
            retention.state = RetentionState.CLAWED_BACK
            retention.ended_on = clock.today()
        record_event(
            "retention.clawed_back",
            subject_kind="retention",
            subject_code=retention.code,
            actor_id=actor_id,
            details={"amount_fen": taken_fen, "clawback": clawback_code},
        )
    db.session.flush()
    return amount_fen - left_fen
