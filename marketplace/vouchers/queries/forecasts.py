"""What issuing to a population would come to, counted by the statement that issues."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.foundation.db import db
from marketplace.people.models import Worker
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.queries.eligibility import MoneyLeft, build_eligibility
from marketplace.vouchers.queries.schemes import SchemeInForce
from marketplace.vouchers.queries.slices import Purse, decide_slice, open_purse
from marketplace.vouchers.states import VoucherOrigin

DECIDED_AT_ONCE = 5_000


@dataclass(slots=True)
class Forecast:
    """Everybody of a population by what issuing would do; nobody is left out or tried by sample."""

    cost_fen: int
    """What each voucher commits at issue; nothing for an entitlement."""
    people: int = 0
    held: int = 0
    """Hold a voucher of the scheme already."""
    issued: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    """The first reason of each -> people."""

    @property
    def committed_fen(self) -> int:
        """What would be committed."""
        return self.issued * self.cost_fen


def forecast_issue(offer: SchemeInForce, people: Select[Any], *, on: date) -> Forecast:
    """Decide a population by the rules of a scheme version, in one statement, and count.

    The money is spread as issuing spreads it: where an allotment or the cap of a category does
    not last for all, those beyond are refused. Where somebody has a second category with money
    left, issuing may give a few more than this counts.
    """
    purse = open_purse(offer, on=on)
    if purse.pool:
        return _forecast_pooled(offer, purse, people, on)
    found = build_eligibility(
        offer,
        way=VoucherOrigin.ISSUED,
        on=on,
        money=MoneyLeft(purse.available_fen, purse.given),
        people=people,
    )
    decided = found.statement.order_by(None).subquery("decided")
    what = (decided.c.allotment_id, decided.c.category_rank, decided.c.is_held, decided.c.refused)
    last = db.session.scalar(select(func.max(Worker.id))) or 0
    rows = db.session.execute(
        select(*what, func.count()).group_by(*what).order_by(*what), {"after": 0, "upto": last}
    )
    forecast = Forecast(purse.cost_fen)
    for allotment_id, rank, is_held, refused, count in rows:
        forecast.people += count
        if is_held:
            forecast.held += count
        elif refused:
            forecast.refusals[found.reasons(refused)[0]] += count
        else:
            _give(forecast, purse, allotment_id, found.category(rank), count)
    return forecast


def _forecast_pooled(offer: SchemeInForce, purse: Purse, people: Select[Any], on: date) -> Forecast:
    """Several funds: whose money is left depends on each person, so each is decided in turn."""
    chosen = people.subquery("chosen")
    number, after = chosen.c[0], 0
    forecast = Forecast(purse.cost_fen)
    while True:
        next_ones = select(number).where(number > after).order_by(number).limit(DECIDED_AT_ONCE)
        upto = db.session.scalar(select(func.max(next_ones.subquery().c[0])))
        if upto is None:
            return forecast
        decided = decide_slice(
            offer, purse=purse, on=on, after=after, upto=upto, batch_id=None, people=people
        )
        after = decided.upto
        forecast.people += decided.people
        forecast.held += decided.held
        forecast.issued += len(decided.vouchers)
        forecast.refusals.update(reason for reason in decided.without.values() if reason)


def _give(
    forecast: Forecast,
    purse: Purse,
    allotment_id: int,
    category: WorkerCategory | None,
    count: int,
) -> None:
    """Give to as many as cap and allotment bear."""
    room = count
    if category in purse.rooms:
        room = max(0, min(count, purse.rooms[category] - purse.given.get(category, 0)))
        purse.given[category] = purse.given.get(category, 0) + room
    if count > room:
        forecast.refusals["category_cap_reached"] += count - room
    paid = room
    if purse.cost_fen:
        paid = min(room, purse.available_fen[allotment_id] // purse.cost_fen)
        purse.available_fen[allotment_id] -= paid * purse.cost_fen
    if room > paid:
        forecast.refusals["balance_too_low"] += room - paid
    forecast.issued += paid
