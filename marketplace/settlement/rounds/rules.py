"""Which settlements a second officer should open before signing them with many others. Pure.

These are hints, not refusals: what may not be signed at all is `settlement/rules/months.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GROWTH = 2
"""Times an institution's last settled month. A burst of claims is what shell institutions and
bought class lists have in common (docs/trust.md, A06)."""


class LookFirst(StrEnum):
    """Why one settlement is better opened on its own page before it is signed."""

    FIRST_MONTH = "first_month"
    GROWN = "grown"
    DISPUTED = "disputed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class MonthFacts:
    """What is known of a settlement that waits for its second signature."""

    amount_fen: int
    last_settled_fen: int | None
    """Of the institution's last approved month before this one."""
    open_disputes: int
    """Lines of its account that the institution disputes and nobody has answered."""
    is_held: bool
    """The institution is suspended or barred."""


def reasons_to_look(facts: MonthFacts) -> tuple[LookFirst, ...]:
    """Every reason to open this settlement first; none: it is like the months before."""
    reasons = []
    if facts.last_settled_fen is None:
        reasons.append(LookFirst.FIRST_MONTH)
    elif facts.amount_fen > GROWTH * facts.last_settled_fen:
        reasons.append(LookFirst.GROWN)
    if facts.open_disputes:
        reasons.append(LookFirst.DISPUTED)
    if facts.is_held:
        reasons.append(LookFirst.HELD)
    return tuple(reasons)
