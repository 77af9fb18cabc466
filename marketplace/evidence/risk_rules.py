"""Where an inspector should look first: points for what is known, each with its reason. Pure.

The points are the product's own: they order a list and decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.errors import N_
from marketplace.standing.states import Grade

ON_THIS_CLASS = 30
UPHELD_LAST_YEAR = 20
ELSEWHERE = 8
DISPUTE = 5
NEVER_VISITED = 10
MANY = 3
"""More of the same adds nothing after this many."""
GRADE_POINTS = {Grade.A: -10, Grade.B: 0, Grade.C: 25, Grade.D: 40}

RISK_TEXTS: dict[str, str] = {
    "held_here": N_("%(count)s open findings on this class"),
    "upheld": N_("%(count)s findings upheld within a year"),
    "held_elsewhere": N_("%(count)s open findings on other classes of the institution"),
    "disputes": N_("%(count)s open disputes about attendance"),
    "grade": N_("Grade %(grade)s"),
    "not_visited": N_("Not visited within a year"),
}


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of a class and its institution."""

    held_here: int = 0
    held_elsewhere: int = 0
    upheld: int = 0
    """Within a year."""
    disputes: int = 0
    grade: Grade | None = None
    is_visited: bool = False
    """The institution was visited within a year."""


@dataclass(frozen=True, slots=True)
class Risk:
    """Points for the order of a list, and why."""

    points: int
    reasons: tuple[tuple[str, dict[str, object]], ...]
    """Key of `RISK_TEXTS` and what fills it; the heaviest first."""


def risk_of(facts: RiskFacts) -> Risk:
    """The sum of the points of everything known; a good grade takes some away."""
    counted = (
        ("held_here", facts.held_here, ON_THIS_CLASS),
        ("upheld", facts.upheld, UPHELD_LAST_YEAR),
        ("held_elsewhere", facts.held_elsewhere, ELSEWHERE),
        ("disputes", facts.disputes, DISPUTE),
    )
    found: list[tuple[int, str, dict[str, object]]] = [
        (min(count, MANY) * points, key, {"count": count})
        for key, count, points in counted
        if count
    ]
    if facts.grade is not None and GRADE_POINTS[facts.grade]:
        found.append((GRADE_POINTS[facts.grade], "grade", {"grade": facts.grade.value}))
    if not facts.is_visited:
        found.append((NEVER_VISITED, "not_visited", {}))
    found.sort(key=lambda one: -one[0])
    return Risk(
        max(0, sum(points for points, _key, _params in found)),
        tuple((key, params) for _points, key, params in found),
    )
