"""What of a settlement can still be taken back, and who paid it."""

from __future__ import annotations

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.ledger.flow_queries import list_spent_fen
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.funding import list_paid_by_allotment_of
from marketplace.retentions.queries.retentions import (
    sum_held_fen,
    sum_not_paid_fen,
    sum_returned_fen,
)
from marketplace.settlement.models import Clawback, SettlementLine
from marketplace.settlement.states import SettlementState


def find_settled_redemption_id(settlement_id: int, *, code: str) -> int | None:
    """A redemption in a settlement, by its code."""
    return db.session.scalar(
        select(Redemption.id)
        .join(SettlementLine, SettlementLine.redemption_id == Redemption.id)
        .where(
            SettlementLine.settlement_id == settlement_id,
            SettlementLine.released_at.is_(None),
            Redemption.code == code,
        )
    )


def get_clawable_fen(
    settlement_id: int, *, redemption_id: int | None, besides: int | None = None
) -> int:
    """The most that can still be taken back: of a settlement what it paid, of one redemption also
    what is withheld of it. Other clawbacks count from their preparation on (`besides`: all but
    that one), and so does what went back to the allotments."""
    lines = select(func.coalesce(func.sum(SettlementLine.amount_fen), 0)).where(
        SettlementLine.settlement_id == settlement_id, SettlementLine.released_at.is_(None)
    )
    clawed = select(func.coalesce(func.sum(Clawback.amount_fen), 0)).where(
        Clawback.settlement_id == settlement_id,
        Clawback.state != SettlementState.REJECTED,
        Clawback.id != (besides or 0),
    )
    paid_fen = int(db.session.scalar(lines) or 0) - sum_not_paid_fen(settlement_id)
    left_fen = paid_fen - int(db.session.scalar(clawed) or 0)
    if redemption_id is None:
        return left_fen
    amount_fen = db.session.get_one(Redemption, redemption_id).amount_fen
    of_it = int(db.session.scalar(clawed.where(Clawback.redemption_id == redemption_id)) or 0)
    return min(
        left_fen + sum_held_fen(redemption_id),
        amount_fen - of_it - sum_returned_fen(redemption_id),
    )


def list_paid_of_clawback(clawback: Clawback) -> list[tuple[str, int]]:
    """Who paid what a clawback takes back: of the redemption it names, else of its settlement."""
    if clawback.redemption_id is not None:
        return list_paid_by_allotment_of(clawback.redemption_id)
    return list_paid_by_allotment(clawback.settlement_id)


def list_paid_by_allotment(settlement_id: int) -> list[tuple[str, int]]:
    """Allotment code and what it paid in a settlement, by code: as the entries of its redemptions
    say it, so that several funds which paid together are each named with their part."""
    entries = (
        select(Redemption.entry_id)
        .join(SettlementLine, SettlementLine.redemption_id == Redemption.id)
        .where(SettlementLine.settlement_id == settlement_id, SettlementLine.released_at.is_(None))
    )
    spent = list_spent_fen(entries, promised="allotment:committed", returned="allotment:available")
    return sorted(spent.items())
