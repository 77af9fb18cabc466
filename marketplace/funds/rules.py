"""May this money be given? Pure decisions over what is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.funds import errors as _errors  # noqa: F401  (registers the refusals)


@dataclass(frozen=True, slots=True)
class AppropriationFacts:
    """What is known when money is put into a fund."""

    amount: Money
    fund_currency: str


@dataclass(frozen=True, slots=True)
class ParentFacts:
    """The upper allotment that passes money on."""

    allotment_id: int
    fund_id: int
    fiscal_year: int
    jurisdiction_name: str
    jurisdiction_path: str


@dataclass(frozen=True, slots=True)
class AllotmentFacts:
    """What is known when money is given to a jurisdiction for a year."""

    fund_id: int
    fund_currency: str
    fiscal_year: int
    amount: Money
    available: Money
    """What the fund has not allotted, or what the upper allotment has left."""
    jurisdiction_name: str
    jurisdiction_path: str
    jurisdiction_retired: bool
    parent: ParentFacts | None
    has_other_parent: bool


def refusals_for_appropriation(facts: AppropriationFacts) -> tuple[Refusal, ...]:
    """All reasons why money cannot be put into a fund."""
    return _amount_refusals(facts.amount, facts.fund_currency)


def refusals_for_allotment(facts: AllotmentFacts) -> tuple[Refusal, ...]:
    """All reasons why a jurisdiction cannot be given this money."""
    reasons = list(_amount_refusals(facts.amount, facts.fund_currency))
    if not 2000 <= facts.fiscal_year <= 2100:
        reasons.append(Refusal("fiscal_year_out_of_range", field="fiscal_year"))
    if facts.jurisdiction_retired:
        reasons.append(
            Refusal(
                "jurisdiction_retired",
                {"jurisdiction": facts.jurisdiction_name},
                field="jurisdiction",
            )
        )
    if facts.has_other_parent:
        reasons.append(
            Refusal(
                "allotment_has_other_parent",
                {"jurisdiction": facts.jurisdiction_name, "year": facts.fiscal_year},
                field="jurisdiction",
            )
        )
    if facts.parent:
        reasons += _parent_refusals(facts, facts.parent)
    if facts.amount.currency == facts.fund_currency and facts.amount > facts.available:
        code = "allotment_exceeds_parent" if facts.parent else "allotment_exceeds_fund"
        params = {"available": facts.available, "wanted": facts.amount}
        reasons.append(Refusal(code, params, field="amount"))
    return tuple(reasons)


def _amount_refusals(amount: Money, currency: str) -> tuple[Refusal, ...]:
    reasons = []
    if amount.fen <= 0:
        reasons.append(Refusal("amount_not_positive", field="amount"))
    if amount.currency != currency:
        params = {"expected": currency, "given": amount.currency}
        reasons.append(Refusal("fund_currency_differs", params, field="amount"))
    return tuple(reasons)


def _parent_refusals(facts: AllotmentFacts, parent: ParentFacts) -> list[Refusal]:
    reasons = []
    if parent.fund_id != facts.fund_id:
        reasons.append(Refusal("allotment_parent_of_other_fund", field="parent"))
    if parent.fiscal_year != facts.fiscal_year:
        params = {"expected": parent.fiscal_year, "given": facts.fiscal_year}
        reasons.append(Refusal("allotment_parent_of_other_year", params, field="fiscal_year"))
    below = facts.jurisdiction_path.startswith(parent.jurisdiction_path)
    if not below or facts.jurisdiction_path == parent.jurisdiction_path:
        params_ = {"jurisdiction": facts.jurisdiction_name, "parent": parent.jurisdiction_name}
        reasons.append(Refusal("allotment_not_below_parent", params_, field="jurisdiction"))
    return reasons


ALARM_PERCENTS = (100, 90, 80)
"""An allotment raises an alarm when so much of it is committed or spent."""
BURN_DAYS = 90
"""The forecast goes by what was used in the last 90 days."""


def used_percent(total_fen: int, *, used_fen: int) -> int:
    """Share of an allotment's own money that is committed or spent, rounded down; 0 of nothing."""
    return used_fen * 100 // total_fen if total_fen > 0 else 0


def allotment_alarm(total_fen: int, *, used_fen: int) -> int | None:
    """80, 90 or 100 when at least so much percent is used; none below."""
    if total_fen <= 0:
        return None
    percent = used_percent(total_fen, used_fen=used_fen)
    return next((level for level in ALARM_PERCENTS if percent >= level), None)


def runs_dry_on(available_fen: int, *, used_lately_fen: int, days: int, today: date) -> date | None:
    """The day on which what is available is used up if it is used on as in the last days.

    Today when nothing is available; none while nothing was used, or beyond ten years.
    """
    if available_fen <= 0:
        return today
    if used_lately_fen <= 0 or days <= 0:
        return None
    left = -(-available_fen * days // used_lately_fen)
    return today + timedelta(days=left) if left <= 3_650 else None
