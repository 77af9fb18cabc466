"""Allotments against the books (invariants 9 and 10, see docs/trust.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.foundation.violations import Check, Violation
from marketplace.funds.models import Allotment, Fund
from marketplace.ledger.queries import get_balances_fen, get_received_fen

ALLOTTED = "fund.allotted"
APPROPRIATED = "fund.appropriated"


def allotments_are_not_overdrawn() -> Iterator[Violation]:
    """9: what an allotment received covers what is available, promised and spent of it."""
    codes = set(db.session.scalars(select(Allotment.code)))
    for kind in ("allotment:available", "allotment:committed"):
        for code, balance_fen in sorted(get_balances_fen(kind).items()):
            if balance_fen < 0:
                yield Violation("9 allotment", code, f"{kind} stands at {balance_fen} fen")
            if code not in codes:
                yield Violation("9 allotment", code, f"{kind} belongs to no allotment")


def children_stay_within_their_parent() -> Iterator[Violation]:
    """10: what was allotted onwards never exceeds what was received, at any tier."""
    received = get_received_fen("allotment:available", entry_kind=ALLOTTED)
    appropriated = get_received_fen("fund:unallotted", entry_kind=APPROPRIATED)
    rows = db.session.execute(
        select(Allotment.id, Allotment.code, Allotment.parent_id, Fund.code).join(
            Fund, Fund.id == Allotment.fund_id
        )
    ).all()
    codes = {allotment_id: code for allotment_id, code, _parent, _fund in rows}
    given: dict[str, int] = defaultdict(int)
    for _id, code, parent_id, fund_code in rows:
        given[codes[parent_id] if parent_id else fund_code] += received.get(code, 0)
    for code, given_fen in sorted(given.items()):
        held_fen = received.get(code, 0) if code in received else appropriated.get(code, 0)
        if given_fen > held_fen:
            yield Violation(
                "10 children within parent", code, f"{given_fen} allotted of {held_fen} fen"
            )


CHECKS: tuple[Check, ...] = (allotments_are_not_overdrawn, children_stay_within_their_parent)
