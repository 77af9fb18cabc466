"""Tries of payouts: very many at once and without objects, and the one that stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select

from marketplace.foundation.db import db
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.states import PayoutState


def lock_attempts(references: Collection[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Tries with these references, each with its rail and its payout, which is held."""
    return db.session.execute(
        select(
            PayoutAttempt.id.label("attempt_id"),
            PayoutAttempt.end_to_end_id,
            PayoutAttempt.number,
            PayoutAttempt.outcome,
            PayoutAttempt.undone,
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


def find_confirmed_attempt(payout: Payout, *, entry_id: int) -> PayoutAttempt | None:
    """The try that stands as confirmed by an entry: the present one of a confirmed payout."""
    if payout.state is not PayoutState.CONFIRMED:
        return None
    return db.session.scalar(
        select(PayoutAttempt)
        .where(
            PayoutAttempt.payout_id == payout.id,
            PayoutAttempt.number == payout.attempt,
            PayoutAttempt.outcome == "confirmed",
            PayoutAttempt.outcome_entry_id == entry_id,
        )
        .execution_options(populate_existing=True)
    )
