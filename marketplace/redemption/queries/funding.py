"""Who paid a redemption, as its entry says it: one allotment, or several that pay together."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.ledger.flow_queries import list_spent_fen
from marketplace.redemption.models import Redemption

_PROMISED, _RETURNED = "allotment:committed", "allotment:available"


def list_paid_by_allotment_of(redemption_id: int) -> list[tuple[str, int]]:
    """Allotment code and what it paid of a redemption, by code; nothing where it was never booked.

    A redemption that was reversed is told as it was paid.
    """
    entry_id = db.session.scalar(select(Redemption.entry_id).where(Redemption.id == redemption_id))
    entries = select(Redemption.entry_id).where(Redemption.entry_id == (entry_id or 0))
    return sorted(list_spent_fen(entries, promised=_PROMISED, returned=_RETURNED).items())
