"""Tries of payouts, very many at once and without objects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select

from marketplace.foundation.db import db
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch


def lock_attempts(references: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Tries with these references, each with its rail and its payout, which is held."""
    return db.session.execute(
        select(
            PayoutAttempt.id.label("attempt_id"),
            PayoutAttempt.end_to_end_id,
            PayoutAttempt.number,
            PayoutAttempt.outcome,
            Payout.id.label("payout_id"),
            Payout.code,
            Payout.amount_fen,
            Payout.currency,
            Payout.state,
            Payout.attempt.label("present"),
            PayoutBatch.rail,
        )
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .where(PayoutAttempt.end_to_end_id.in_(sorted(references)))
        .order_by(Payout.id, PayoutAttempt.id)
        .limit(len(references))
        .with_for_update(of=Payout)
    ).all()
