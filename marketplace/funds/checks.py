"""Allotments against the books (invariants 9 and 10, see docs/trust.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.foundation.violations import Check, Violation
from marketplace.funds.lots.queries import frozen_by, held_by, list_standings
from marketplace.funds.models import Allotment, Fund, FundLot, LotReturn
from marketplace.funds.states import LOT_RETURNED, LotReturnState
from marketplace.ledger.flow_queries import get_taken_fen
from marketplace.ledger.queries import (
    get_balances_fen,
    get_booked,
    get_received_fen,
    list_balances_fen,
)

ALLOTMENT_ACCOUNTS = (
    "allotment:available",
    "allotment:committed",
    "allotment:set_aside",
    "allotment:frozen",
)
ALLOTTED = "fund.allotted"
APPROPRIATED = "fund.appropriated"


def allotments_are_not_overdrawn() -> Iterator[Violation]:
    """9: what an allotment received covers what is available, promised and spent of it."""
    codes = set(db.session.scalars(select(Allotment.code)))
    for kind in ALLOTMENT_ACCOUNTS:
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
    came_back = get_taken_fen("allotment:frozen", entry_kind=LOT_RETURNED)
    went_out = get_taken_fen("fund:frozen", entry_kind=LOT_RETURNED)
    given: dict[str, int] = defaultdict(int)
    for _id, code, parent_id, fund_code in rows:
        given[codes[parent_id] if parent_id else fund_code] += received.get(code, 0)
        given[codes[parent_id] if parent_id else fund_code] -= came_back.get(code, 0)
    for code, given_fen in sorted(given.items()):
        held_fen = (
            received[code] - came_back.get(code, 0)
            if code in received
            else appropriated.get(code, 0) - went_out.get(code, 0)
        )
        if given_fen > held_fen:
            yield Violation(
                "10 children within parent", code, f"{given_fen} allotted of {held_fen} fen"
            )


def _owners_of_lots() -> list[tuple[Fund, Allotment | None]]:
    rows = db.session.execute(
        select(Fund, Allotment)
        .select_from(FundLot)
        .join(Fund, Fund.id == FundLot.fund_id)
        .outerjoin(Allotment, Allotment.id == FundLot.allotment_id)
        .distinct()
    )
    return [(fund, allotment) for fund, allotment in rows]


def lots_add_up_to_their_balance() -> Iterator[Violation]:
    """What is left of the lots of an account is its balance, and what was frozen and not returned
    is that of the frozen one; a lot is what its entry brought."""
    owners = _owners_of_lots()
    standings = list_standings(owners)
    names = [name for one in owners for name in (held_by(*one), frozen_by(*one))]
    balances = list_balances_fen(names)
    returned = get_taken_fen("allotment:frozen", entry_kind=LOT_RETURNED) | {
        f"fund {code}": fen
        for code, fen in get_taken_fen("fund:frozen", entry_kind=LOT_RETURNED).items()
    }
    for fund, allotment in owners:
        held, ice = held_by(fund, allotment), frozen_by(fund, allotment)
        left_fen = sum(lot.left_fen for lot in standings[held])
        frozen_fen = sum(lot.frozen_fen for lot in standings[held])
        frozen_fen -= returned.get(allotment.code if allotment else f"fund {fund.code}", 0)
        for name, told_fen in ((held, left_fen), (ice, frozen_fen)):
            if balances[name] != told_fen:
                detail = f"{balances[name]} in the books, its lots say {told_fen} fen"
                yield Violation("9 lots", name.code, detail)


def nothing_is_used_of_a_lot_that_is_over() -> Iterator[Violation]:
    """No money is promised or passed on out of a lot after its last day and the night after."""
    standings = list_standings(_owners_of_lots())
    for name in sorted(standings, key=lambda name: name.code):
        for lot in standings[name]:
            if lot.late_fen:
                detail = f"{lot.late_fen} fen of {name.code} used after {lot.expires_on}"
                yield Violation("9 lots", f"lot {lot.code}", detail)


def lot_returns_are_signed_and_booked() -> Iterator[Violation]:
    """20, 17: a return of frozen money has two signatures and an entry of its amount."""
    booked = get_booked(LOT_RETURNED)
    rows = db.session.scalars(
        select(LotReturn).where(LotReturn.state == LotReturnState.APPROVED).order_by(LotReturn.id)
    )
    for back in rows:
        entry = booked.pop(back.code, None)
        if entry is None or (entry.entry_id, entry.amount_fen) != (back.entry_id, back.amount_fen):
            yield Violation(
                "17 business cause", f"return {back.code}", "has no entry of its amount"
            )
        if back.decided_by is None or back.decided_by == back.prepared_by:
            yield Violation("20 two people", f"return {back.code}", "not signed by two people")
    for key in sorted(booked):
        yield Violation("17 business cause", f"entry {key}", "returns what nobody signed")


CHECKS: tuple[Check, ...] = (
    allotments_are_not_overdrawn,
    children_stay_within_their_parent,
    lots_add_up_to_their_balance,
    nothing_is_used_of_a_lot_that_is_over,
    lot_returns_are_signed_and_booked,
)
