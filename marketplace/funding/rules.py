"""Who pays how much: funds in their order, each within its scope, to the fen. Pure.

A source pays as much as it has left, then the next one pays. Nothing is ever paid outside a scope,
not even when all other money is gone. What happens later to a commitment (release, redemption,
reversal, clawback) follows its shares: in full, or pro rata with the largest remainders first
(`foundation.money.apportion_fen`), so that parts always add up to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import apportion_fen
from marketplace.funding import errors as _errors  # noqa: F401  (registers the refusals)

OWN_PRIORITY = 50
"""Where the scheme's own fund stands among its sources."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What money is earmarked for. An empty list asks nothing; all that is said must hold."""

    categories: frozenset[str] = frozenset()
    occupations: tuple[str, ...] = ()
    """Codes; a code stands for everything below it: `6-31` for `6-31-01-03`."""
    levels: frozenset[int] = frozenset()
    places: frozenset[str] = frozenset()
    """Codes of jurisdictions; each stands for everything below it."""
    first_on: date | None = None
    last_on: date | None = None

    @property
    def asks_about_course(self) -> bool:
        return bool(self.occupations or self.levels)

    @property
    def is_open(self) -> bool:
        """Asks nothing about anybody: such money is not earmarked."""
        return not (self.categories or self.places or self.asks_about_course)


@dataclass(frozen=True, slots=True)
class SpendFacts:
    """What money would be used for, as known on the day it is promised."""

    on: date
    categories: frozenset[str]
    """Verified categories of the person."""
    place_path: str
    """Where the person's voucher is paid from: residence, workplace or the scheme's place."""
    occupation_code: str | None = None
    level: int | None = None
    course_known: bool = False
    """A face value is promised before a course is chosen: money for a course cannot promise it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One allotment that may pay, in its turn."""

    source_id: int | None
    """Empty: the scheme's own fund."""
    priority: int
    allotment_id: int
    allotment_code: str
    scope: Scope
    available_fen: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one allotment pays of an amount."""

    source_id: int | None
    allotment_id: int
    allotment_code: str
    amount_fen: int


def scope_permits(scope: Scope, facts: SpendFacts) -> bool:
    """Whether earmarked money may be used for this."""
    return not reasons_outside(scope, facts)


def reasons_outside(scope: Scope, facts: SpendFacts) -> tuple[str, ...]:
    """Every part of a scope that does not hold: `category`, `place`, `course`, `occupation`,
    `level`, `date`; empty when the money may be used."""
    reasons = []
    if scope.categories and not scope.categories & facts.categories:
        reasons.append("category")
    if scope.places and not any(f"/{code}/" in facts.place_path for code in scope.places):
        reasons.append("place")
    if scope.asks_about_course and not facts.course_known:
        reasons.append("course")
    else:
        if scope.occupations and not _is_below(facts.occupation_code, scope.occupations):
            reasons.append("occupation")
        if scope.levels and facts.level not in scope.levels:
            reasons.append("level")
    if (scope.first_on and facts.on < scope.first_on) or (
        scope.last_on and facts.on > scope.last_on
    ):
        reasons.append("date")
    return tuple(reasons)


def split_amount(
    amount_fen: int, sources: Sequence[Source], facts: SpendFacts
) -> tuple[Share, ...]:
    """Divide an amount among the sources in their order; what they lack is missing from the sum.

    A source that permits the use pays all it has left before the next one pays anything.
    """
    left, shares = amount_fen, []
    for source in in_order(sources):
        part = min(left, source.available_fen) if scope_permits(source.scope, facts) else 0
        if part > 0:
            shares.append(Share(source.source_id, source.allotment_id, source.allotment_code, part))
            left -= part
    return tuple(shares)


def fundable_fen(sources: Sequence[Source], facts: SpendFacts) -> int:
    """The most that could be promised for this use."""
    return sum(source.available_fen for source in sources if scope_permits(source.scope, facts))


def split_use(
    used_fen: int, committed: Sequence[tuple[str, int]]
) -> tuple[tuple[str, int, int], ...]:
    """What of each allotment's committed money is used, and what is free again.

    `committed` is allotment code and fen, in a fixed order that breaks ties. Each part of the
    answer is code, used, rest; uses add up to `used_fen`, and no use exceeds its commitment.
    """
    uses = apportion_fen(used_fen, [fen for _code, fen in committed])
    return tuple(
        (code, used, fen - used) for (code, fen), used in zip(committed, uses, strict=True)
    )


def scope_to_json(scope: Scope) -> dict[str, Any]:
    """A scope as stored: only what it asks, in a fixed order."""
    lists = {
        "categories": sorted(scope.categories),
        "occupations": sorted(scope.occupations),
        "levels": sorted(scope.levels, reverse=True),
        "places": sorted(scope.places),
    }
    days = {"first_on": scope.first_on, "last_on": scope.last_on}
    return {name: value for name, value in lists.items() if value} | {
        name: day.isoformat() for name, day in days.items() if day
    }


def scope_from_json(stored: Mapping[str, Any]) -> Scope:
    """A scope as it was stored."""
    return Scope(
        categories=frozenset(stored.get("categories", ())),
        occupations=tuple(stored.get("occupations", ())),
        levels=frozenset(stored.get("levels", ())),
        places=frozenset(stored.get("places", ())),
        first_on=_day(stored.get("first_on")),
        last_on=_day(stored.get("last_on")),
    )


def spend_facts_to_json(facts: SpendFacts) -> dict[str, Any]:
    """What a division went by, as stored with its shares."""
    return {
        "on": facts.on.isoformat(),
        "categories": sorted(facts.categories),
        "place_path": facts.place_path,
        "occupation_code": facts.occupation_code,
        "level": facts.level,
        "course_known": facts.course_known,
    }


def spend_facts_from_json(stored: Mapping[str, Any]) -> SpendFacts:
    """What a division went by."""
    return SpendFacts(
        on=date.fromisoformat(stored["on"]),
        categories=frozenset(stored["categories"]),
        place_path=stored["place_path"],
        occupation_code=stored["occupation_code"],
        level=stored["level"],
        course_known=stored["course_known"],
    )


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is known when an officer proposes a source for a scheme."""

    fund_is_own: bool
    fund_currency: str
    scheme_currency: str
    priority: int
    scope: Scope
    basis: str
    priority_taken: bool
    fund_taken: bool
    unknown_places: tuple[str, ...]
    unknown_occupations: tuple[str, ...]


def refusals_for_source(facts: SourceFacts) -> tuple[Refusal, ...]:
    """Every reason why a fund cannot become a source of a scheme like this."""
    reasons = []
    if facts.fund_is_own:
        reasons.append(Refusal("source_fund_is_own", field="fund"))
    if facts.fund_taken:
        reasons.append(Refusal("source_fund_taken", field="fund"))
    if facts.fund_currency != facts.scheme_currency:
        currencies = {"given": facts.fund_currency, "expected": facts.scheme_currency}
        reasons.append(Refusal("source_currency_differs", currencies, field="fund"))
    if not 1 <= facts.priority <= 99 or facts.priority == OWN_PRIORITY:
        reasons.append(Refusal("source_priority_range", field="priority"))
    elif facts.priority_taken:
        place = {"priority": facts.priority}
        reasons.append(Refusal("source_priority_taken", place, field="priority"))
    reasons += _refusals_of_scope(facts)
    if not facts.basis:
        reasons.append(Refusal("source_basis_required", field="basis"))
    return tuple(reasons)


def _refusals_of_scope(facts: SourceFacts) -> list[Refusal]:
    scope = facts.scope
    reasons = [
        Refusal("source_scope_place", {"code": code}, field="places")
        for code in facts.unknown_places
    ] + [
        Refusal("source_scope_occupation", {"code": code}, field="occupations")
        for code in facts.unknown_occupations
    ]
    if scope.is_open and facts.priority < OWN_PRIORITY:
        reasons.append(Refusal("source_without_scope", field="categories"))
    if scope.first_on and scope.last_on and scope.last_on < scope.first_on:
        reasons.append(Refusal("source_scope_dates", field="last_on"))
    return reasons


def in_order(sources: Sequence[Source]) -> list[Source]:
    """Who pays first, second and so on."""
    return sorted(sources, key=lambda source: (source.priority, source.allotment_id))


def _is_below(code: str | None, above: Sequence[str]) -> bool:
    return code is not None and any(code == one or code.startswith(f"{one}-") for one in above)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def pro_rata(amount_fen: int, paid: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Split by what each allotment paid, to the fen: largest remainders get what is left over.

    `paid` is allotment code and fen, in a fixed order that breaks ties.
    """
    total = sum(fen for _code, fen in paid)
    assert 0 < amount_fen <= total, "nothing is taken back beyond what was paid"
    parts = apportion_fen(amount_fen, [fen for _code, fen in paid])
    return [(code, fen) for (code, _paid), fen in zip(paid, parts, strict=True) if fen]
