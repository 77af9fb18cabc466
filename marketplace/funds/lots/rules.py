"""What is left of each lot, told from what moved. Pure.

Day by day: what arrived, what came back, what was used, what was frozen. Money is used from the lot
that expires first among those that have not expired, money without a date last. What comes back (a
release, a return from below) goes back in the reverse order, to the used lot that expires last
first. Every step moves the whole amount, so that the lots of an account always add up to its
balance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money

WARNING_DAYS = (30, 90)
"""A lot is pointed out when it expires within so many days."""
GRACE = timedelta(days=1)
"""Lots are frozen in the night after their last day; what is spent meanwhile is no fault."""
NEVER = date.max


@dataclass(frozen=True, slots=True)
class LotFacts:
    """A lot as it arrived."""

    code: str
    entry_id: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class Movement:
    """What moved on an account on one day, by entries of one kind."""

    on: date
    arrived_by: int | None
    """The entry, where it brought money from above or outside."""
    frozen_lot: str | None
    """The lot, where its rest was frozen."""
    in_fen: int
    out_fen: int


@dataclass(slots=True)
class LotStanding:
    """Where a lot stands; without a code, all money of the account that has no date."""

    code: str | None
    expires_on: date
    received_fen: int = 0
    left_fen: int = 0
    """Neither used nor frozen."""
    frozen_fen: int = 0
    """Taken out of use when it expired, returns included."""
    late_fen: int = 0
    """Used after its last day and the night after."""

    @property
    def used_fen(self) -> int:
        return self.received_fen - self.left_fen - self.frozen_fen


def lots_after(lots: Sequence[LotFacts], movements: Iterable[Movement]) -> list[LotStanding]:
    """Where every lot of an account stands after these movements, the undated money last."""
    standings = {
        lot.code: LotStanding(lot.code, lot.expires_on)
        for lot in sorted(lots, key=lambda lot: (lot.expires_on, lot.entry_id))
    }
    books = [*standings.values(), undated := LotStanding(None, NEVER)]
    arrivals = {lot.entry_id: standings[lot.code] for lot in lots}
    days: dict[date, list[Movement]] = {}
    owed_fen = 0  # used on an earlier day than the money's: an entry dated back
    for movement in movements:
        days.setdefault(movement.on, []).append(movement)
    for on in sorted(days):
        for move in (one for one in days[on] if one.arrived_by is not None):
            _receive(arrivals.get(move.arrived_by or 0, undated), move.in_fen)
        _give_back(books, sum(one.in_fen for one in days[on] if one.arrived_by is None), undated)
        used_fen = sum(one.out_fen for one in days[on] if one.frozen_lot is None)
        owed_fen = _use(books, owed_fen + used_fen, on)
        for move in (one for one in days[on] if one.frozen_lot is not None):
            _freeze(books, standings.get(move.frozen_lot or ""), move.out_fen, on)
    return books


def draw_from(standings: Sequence[LotStanding], amount_fen: int, *, on: date) -> date | None:
    """The first day on which money drawn now would expire; none: it has no date."""
    days, left = [], amount_fen
    for standing in _in_order_of_use(standings, on):
        if left > 0 and standing.left_fen > 0:
            days.append(standing.expires_on)
            left -= standing.left_fen
    dated = [day for day in days if day != NEVER]
    return min(dated) if dated else None


def committed_by_lot(standings: Sequence[LotStanding], committed_fen: int) -> list[int]:
    """How much of each lot is promised to vouchers and may still come back to it: the used lots
    that expire last first, as a release would go."""
    parts, left = [0] * len(standings), committed_fen
    for place in sorted(range(len(standings)), key=lambda n: standings[n].expires_on, reverse=True):
        parts[place] = min(left, standings[place].used_fen)
        left -= parts[place]
    return parts


def due_fen(standing: LotStanding, *, today: date) -> int:
    """What of a lot is frozen next: all that is left of it once its last day is over."""
    return standing.left_fen if standing.expires_on < today else 0


def lot_warning(expires_on: date, *, left_fen: int, today: date) -> int | None:
    """0 when money is left of a lot that has expired; 30 or 90 when it expires within so many
    days; none when nothing is left or there is time."""
    if left_fen <= 0:
        return None
    if expires_on < today:
        return 0
    return next((days for days in WARNING_DAYS if (expires_on - today).days <= days), None)


@dataclass(frozen=True, slots=True)
class ExpiryFacts:
    """What is known when money is given with a last day."""

    expires_on: date | None
    source_expires_on: date | None
    """The first day on which the money it is taken from expires."""
    today: date


def refusals_for_expiry(facts: ExpiryFacts) -> tuple[Refusal, ...]:
    """Every reason why money cannot be given until that day."""
    reasons = []
    if facts.expires_on is not None and facts.expires_on < facts.today:
        reasons.append(Refusal("lot_expired_already", field="expires_on"))
    source = facts.source_expires_on
    if facts.expires_on is not None and source is not None and facts.expires_on > source:
        params = {"source_day": source, "day": facts.expires_on}
        reasons.append(Refusal("lot_outlives_source", params, field="expires_on"))
    return tuple(reasons)


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """What is known when the frozen rest of a lot is sent back up."""

    frozen: Money
    """Frozen and neither returned nor about to be."""
    is_waiting: bool
    """Another return of the lot waits for its second signature."""


def refusals_for_lot_return(facts: ReturnFacts) -> tuple[Refusal, ...]:
    """Every reason why the rest of a lot cannot be sent back now."""
    reasons = []
    if facts.is_waiting:
        reasons.append(Refusal("lot_return_waiting"))
    elif facts.frozen.fen <= 0:
        reasons.append(Refusal("lot_nothing_frozen"))
    return tuple(reasons)


def _receive(standing: LotStanding, amount_fen: int) -> None:
    standing.received_fen += amount_fen
    standing.left_fen += amount_fen


def _use(books: Sequence[LotStanding], amount_fen: int, on: date) -> int:
    """What there was no money for yet: it is taken from what arrives next."""
    for standing in _in_order_of_use(books, on):
        part = min(amount_fen, standing.left_fen)
        standing.left_fen -= part
        amount_fen -= part
        if standing.expires_on != NEVER and standing.expires_on + GRACE < on:
            standing.late_fen += part
    return amount_fen


def _give_back(books: Sequence[LotStanding], amount_fen: int, undated: LotStanding) -> None:
    for standing in reversed(books):
        part = min(amount_fen, standing.used_fen)
        standing.left_fen += part
        amount_fen -= part
    _receive(undated, amount_fen)  # more came than was ever used: money of no lot


def _freeze(
    books: Sequence[LotStanding], named: LotStanding | None, amount_fen: int, on: date
) -> None:
    others = [one for one in reversed(_in_order_of_use(books, on)) if one is not named]
    for standing in [named, *others] if named else others:
        part = min(amount_fen, standing.left_fen)
        standing.left_fen -= part
        standing.frozen_fen += part
        amount_fen -= part


def _in_order_of_use(books: Sequence[LotStanding], on: date) -> list[LotStanding]:
    """Live lots as they expire, undated money after them, then what should be frozen already."""
    live = [one for one in books if one.expires_on >= on]
    return live + [one for one in reversed(books) if one.expires_on < on]
