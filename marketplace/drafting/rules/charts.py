"""Bars of two amounts a month, as numbers a template draws: no browser counts anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.drafting.rules.totals import Row

WIDTH, HEIGHT = 640, 220
LEFT, BOTTOM, TOP = 8, 24, 10
MONTHS_SHOWN = 36
"""The newest months; a longer period stands in the table."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where, how high."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class MonthBars:
    """A month with what was paid and what the draft would pay."""

    month: str
    label: str
    """Shown below, only where there is room: every bar has its figures in the table."""
    center: float
    old: Bar
    new: Bar


@dataclass(frozen=True, slots=True)
class MonthChart:
    """The whole drawing."""

    width: int
    height: int
    ground: float
    """Where the amounts begin."""
    bars: tuple[MonthBars, ...]


def month_chart(rows: Sequence[Row]) -> MonthChart | None:
    """Two bars a month on one scale from nothing; none without amounts."""
    shown = list(rows)[-MONTHS_SHOWN:]
    most = max((max(row.old_fen, row.new_fen) for row in shown), default=0)
    if most <= 0:
        return None
    ground = HEIGHT - BOTTOM
    step = (WIDTH - 2 * LEFT) / len(shown)
    width = min(step * 0.36, 40)
    every = -(-len(shown) * 52 // (WIDTH - 2 * LEFT)) or 1
    bars = []
    for number, row in enumerate(shown):
        center = LEFT + step * (number + 0.5)
        old, new = ((ground - TOP) * amount / most for amount in (row.old_fen, row.new_fen))
        bars.append(
            MonthBars(
                month=row.key,
                label=row.key if number % every == 0 else "",
                center=round(center, 1),
                old=_bar(center - width - 1, old, width, ground),
                new=_bar(center + 1, new, width, ground),
            )
        )
    return MonthChart(WIDTH, HEIGHT, ground, tuple(bars))


def _bar(x: float, height: float, width: float, ground: float) -> Bar:
    return Bar(round(x, 1), round(ground - height, 1), round(width, 1), round(height, 1))
