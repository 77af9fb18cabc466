"""Where the money of settlements is: the payout of each, and the batch it last went into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from marketplace.claims.models import ClaimLine
from marketplace.foundation.db import db
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.settlement.models import SettlementLine

PAYMENTS_MAX = 100


@dataclass(frozen=True, slots=True)
class SettlementPayment:
    """The payout of a settlement, with the batch of its newest try."""

    payout: Payout
    batch_code: str


def find_payment_of_settlement(settlement_id: int) -> SettlementPayment | None:
    """How a settlement is paid; none while no batch holds it."""
    row = db.session.execute(_payments().where(Payout.settlement_id == settlement_id)).one_or_none()
    return SettlementPayment(*row) if row else None


def list_payments_of_claim(claim_id: int) -> Sequence[SettlementPayment]:
    """How the settlements that hold lines of a claim are paid, oldest first."""
    settlements = (
        select(SettlementLine.settlement_id)
        .join(ClaimLine, ClaimLine.redemption_id == SettlementLine.redemption_id)
        .where(ClaimLine.claim_id == claim_id, SettlementLine.released_at.is_(None))
    )
    rows = db.session.execute(
        _payments()
        .where(Payout.settlement_id.in_(settlements))
        .order_by(Payout.id)
        .limit(PAYMENTS_MAX)
    )
    return [SettlementPayment(*row) for row in rows]


def _payments() -> Select[Payout, str]:
    return (
        select(Payout, PayoutBatch.code)
        .join(
            PayoutAttempt,
            (PayoutAttempt.payout_id == Payout.id) & (PayoutAttempt.number == Payout.attempt),
        )
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
    )
