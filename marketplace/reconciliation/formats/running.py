"""In which order a table tells its movements, with which signs, and whether its balances follow.

A table states no order: some banks begin with the newest line, some sort days one way and lines
of a day another. The running balances decide. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Movement:
    """One row of a table."""

    row: int
    day: date
    amount_fen: int
    balance_fen: int | None
    """After it; none where the bank left the cell empty."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A balance that does not follow from the one before it."""

    row: int
    expected_fen: int
    found_fen: int


@dataclass(frozen=True, slots=True)
class Telling:
    """Movements from the oldest to the newest, and what their balances prove."""

    movements: tuple[Movement, ...]
    opening_fen: int | None
    closing_fen: int | None
    gaps: tuple[Gap, ...]
    is_ordered: bool
    """False when lines are out of order, though each follows from exactly one other."""


def tell(candidates: Sequence[Sequence[Movement]]) -> Telling:
    """The reading of a table with the fewest gaps: which signs (one candidate each), which way.

    The first candidate wins where several prove as much.
    """
    tellings = []
    for movements in candidates:
        backwards = tuple(reversed(movements))
        both = [_in_order(tuple(movements)), _in_order(backwards)]
        if movements and movements[0].day > movements[-1].day:
            both.reverse()
        tellings += both
    best = min(tellings, key=lambda telling: len(telling.gaps))
    if best.gaps:
        for movements in candidates:
            if (linked := _linked(movements)) is not None:
                return linked
    return best


def _in_order(movements: tuple[Movement, ...]) -> Telling:
    known = [index for index, item in enumerate(movements) if item.balance_fen is not None]
    if not known:
        return Telling(movements, None, None, (), is_ordered=True)
    gaps = []
    first = movements[known[0]]
    assert first.balance_fen is not None
    opening = first.balance_fen - sum(item.amount_fen for item in movements[: known[0] + 1])
    balance = opening
    for item in movements:
        balance += item.amount_fen
        if item.balance_fen is not None and item.balance_fen != balance:
            gaps.append(Gap(item.row, balance, item.balance_fen))
            balance = item.balance_fen  # one gap is told once, not on every later line
    last_known = movements[known[-1]].balance_fen
    # Nothing proves a line behind the last balance, so the statement has no closing balance.
    closing = last_known if known[-1] == len(movements) - 1 else None
    return Telling(movements, opening, closing, tuple(gaps), is_ordered=True)


def _linked(movements: Sequence[Movement]) -> Telling | None:
    """Lines out of order that still form one chain, by balance before and balance after.

    Every balance after a line must be the balance before another, but for one end and one
    beginning, which must lie on the last and the first day.
    """
    before: Counter[int] = Counter()
    after: Counter[int] = Counter()
    for item in movements:
        if item.balance_fen is None:
            return None
        after[item.balance_fen] += 1
        before[item.balance_fen - item.amount_fen] += 1
    begins, ends = before - after, after - before
    if begins.total() != 1 or ends.total() != 1:
        return None
    opening, closing = next(iter(begins)), next(iter(ends))
    first_on = min(item.day for item in movements)
    last_on = max(item.day for item in movements)
    opens = any(
        item.day == first_on and (item.balance_fen or 0) - item.amount_fen == opening
        for item in movements
    )
    closes = any(item.day == last_on and item.balance_fen == closing for item in movements)
    if not (opens and closes):
        return None
    ordered = tuple(sorted(movements, key=lambda item: item.day))
    return Telling(ordered, opening, closing, (), is_ordered=False)
