"""Freezing what is left of expired lots, one unit of work each: for the command and the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.funds.lots.operations import expire_lot
from marketplace.funds.lots.queries import LotRow, list_expired_lot_ids


def expire_everywhere(*, before_each: Callable[[int], None] = lambda _done: None) -> dict[str, int]:
    """How many lots had something left, and how much was frozen of them, in fen."""
    frozen, amount_fen = 0, 0
    for done, lot_id in enumerate(list_expired_lot_ids(on=clock.today())):
        with write_transaction():
            before_each(done)
            amount = expire_lot(lot_id, actor_id=None)
        if amount is not None:
            frozen += 1
            amount_fen += amount.fen
    return {"lots": frozen, "frozen_fen": amount_fen}


def lot_document(row: LotRow) -> dict[str, Any]:
    """A lot as commands answer it; amounts in fen."""
    return {
        "lot": row.lot.code,
        "fund": row.fund.code,
        "allotment": row.allotment.code if row.allotment else None,
        "jurisdiction": row.place.code if row.place else None,
        "currency": row.fund.currency,
        "expires_on": row.lot.expires_on.isoformat(),
        "days_left": row.days_left,
        "warning": {0: "expired", 30: "30 days", 90: "90 days"}.get(
            -1 if row.warning is None else row.warning
        ),
        "received_fen": row.lot.amount_fen,
        "used_fen": row.used.fen,
        "committed_fen": row.committed.fen,
        "left_fen": row.left.fen,
        "frozen_fen": row.frozen.fen,
        "returned_fen": row.returned.fen,
        "to_freeze_fen": row.due.fen,
    }
