"""The payouts that an answer of the bank speaks of."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.payouts.answers.rules import AttemptFacts, BatchTotals
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBankAnswer, PayoutBatch
from marketplace.payouts.queries import BATCH_MAX, reaching_outside

CHUNK = 500


def find_batch_totals(code: str | None, *, paths: Sequence[str]) -> BatchTotals | None:
    """The batch of this code with the references it carried, for an officer of these subtrees."""
    batch = db.session.scalar(
        select(PayoutBatch).where(
            PayoutBatch.code == (code or ""), PayoutBatch.id.not_in(reaching_outside(paths))
        )
    )
    if batch is None:
        return None
    references = db.session.scalars(
        select(PayoutAttempt.end_to_end_id)
        .where(PayoutAttempt.batch_id == batch.id)
        .order_by(PayoutAttempt.id)
        .limit(BATCH_MAX)
    )
    return BatchTotals(batch.code, batch.payout_count, batch.control_sum_fen, tuple(references))


def list_attempts(
    references: Collection[str], *, paths: Sequence[str]
) -> dict[str, tuple[AttemptFacts, Payout, PayoutAttempt]]:
    """Tries with these references whose batch lies wholly inside these subtrees."""
    found = {}
    wanted = sorted(references)
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        rows = db.session.execute(
            select(Payout, PayoutAttempt, PayoutBatch.code)
            .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
            .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
            .where(
                PayoutAttempt.end_to_end_id.in_(part),
                PayoutBatch.id.not_in(reaching_outside(paths)),
            )
            .order_by(PayoutAttempt.id)
            .limit(len(part))
            .execution_options(populate_existing=True)
        )
        for payout, attempt, batch_code in rows:
            facts = facts_of(payout, attempt, batch_code)
            found[attempt.end_to_end_id] = (facts, payout, attempt)
    return found


def facts_of(payout: Payout, attempt: PayoutAttempt, batch_code: str) -> AttemptFacts:
    """What the rules ask of a try."""
    return AttemptFacts(
        attempt.end_to_end_id,
        payout.code,
        batch_code,
        payout.amount_fen,
        payout.currency,
        payout.state,
        payout.attempt == attempt.number,
        attempt.outcome,
    )


def has_answer(payout_attempt_id: int, file_sha256: str) -> bool:
    """Whether this file's answer for a try was recorded before."""
    found = db.session.scalar(
        select(PayoutBankAnswer.id).where(
            PayoutBankAnswer.payout_attempt_id == payout_attempt_id,
            PayoutBankAnswer.file_sha256 == file_sha256,
        )
    )
    return found is not None


def list_answers_of_batch(batch_id: int) -> dict[int, PayoutBankAnswer]:
    """The latest answer for each try of a batch."""
    rows = db.session.scalars(
        select(PayoutBankAnswer)
        .join(PayoutAttempt, PayoutAttempt.id == PayoutBankAnswer.payout_attempt_id)
        .where(PayoutAttempt.batch_id == batch_id)
        .order_by(PayoutBankAnswer.id)
        .limit(BATCH_MAX * 20)
    )
    return {answer.payout_attempt_id: answer for answer in rows}
