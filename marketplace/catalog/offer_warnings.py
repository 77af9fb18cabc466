"""What a reviewer should look at twice: prices and copies. Pure; a warning never decides.

Each warning names the numbers it used. The thresholds are settings (`course_policy`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from statistics import median
from typing import Any

from marketplace.catalog.course_policy import CatalogPolicy
from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money
from marketplace.foundation.text import is_cjk, normal_form, words

SHINGLE = 5
"""Characters (Chinese) or words (Latin) in a passage that is compared."""
SHINGLES_MIN = 20
"""A shorter description is too common to be anybody's."""
TEXT_READ_MAX = 2_000
"""As many characters of a description are compared."""
NAMED_MAX = 3
"""As many other courses are named in one warning."""

WARNING_TEXTS: dict[str, str] = {
    "fee_above_median": N_(
        "The fee is %(rate)s per hour. The median of %(count)s comparable courses is %(median)s; "
        "the limit of %(percent)s %% above it is %(limit)s. Compared were: %(basis)s."
    ),
    "fee_equals_cap": N_(
        "The fee of %(fee)s is exactly what the voucher “%(scheme)s” pays at most."
    ),
    "fee_raised": N_(
        "The fee rose from %(before)s (listed version %(version)s) to %(after)s, by %(rise)s %%; "
        "the limit is %(percent)s %%."
    ),
    "fee_above_own_equal": N_(
        "The same institution offers an equal course for less: “%(title)s” (%(code)s) of the same "
        "occupation, level and hours costs %(other)s, this one %(fee)s."
    ),
    "title_repeated": N_(
        "The same institution has a course of nearly the same title and the same level: "
        "“%(title)s” (%(code)s), %(likeness)s %% alike."
    ),
    "offer_repeated": N_(
        "The same institution has another course of the same occupation, level and hours: "
        "“%(title)s” (%(code)s)."
    ),
    "description_copied": N_(
        "%(likeness)s %% of the passages of the description also stand in “%(title)s” (%(code)s) "
        "of %(institution)s."
    ),
}
BASIS_WORDS = {
    "occupation": N_("courses of other institutions for the same occupation and level"),
    "group": N_("courses of other institutions in the same group of occupations"),
}


@dataclass(frozen=True, slots=True)
class OfferWarning:
    """One thing to look at, with the numbers behind it."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The English sentence; translated where it is shown."""
        return WARNING_TEXTS[self.code]


@dataclass(frozen=True, slots=True)
class VoucherCap:
    """The most that one kind of voucher pays for a course of this occupation and level."""

    scheme: Mapping[str, str]
    amount: Money


@dataclass(frozen=True, slots=True)
class OtherOffer:
    """Another course, as far as it is compared."""

    code: str
    title: str
    institution: str
    level: int | None
    same_occupation: bool
    hours: int | None
    fee_fen: int
    description: str


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """A version under review and what it is compared with."""

    title: str
    description: str
    hours: int | None
    level: int | None
    has_occupation: bool
    fee: Money
    earlier_fee_fen: int | None
    """Of the version in force; empty: the course was never listed."""
    earlier_version: int | None
    comparable_fees: tuple[tuple[int, int], ...]
    """Fee in fen and hours of comparable courses of other institutions."""
    comparable_basis: str
    """A key of `BASIS_WORDS`."""
    own: tuple[OtherOffer, ...]
    """The institution's other courses that are listed or under review."""
    others: tuple[OtherOffer, ...]
    """Listed courses of other institutions for the same occupation."""
    caps: tuple[VoucherCap, ...]


def warnings_for_offer(facts: OfferFacts, policy: CatalogPolicy) -> tuple[OfferWarning, ...]:
    """Everything worth a second look, prices first."""
    return (
        *_median_warnings(facts, policy),
        *_cap_warnings(facts),
        *_rise_warnings(facts, policy),
        *_own_price_warnings(facts),
        *_own_copies(facts, policy),
        *_copied_descriptions(facts, policy),
    )


def description_likeness_percent(left: str, right: str) -> int:
    """Passages the shorter text shares with the other, in whole percent, rounded down.

    Containment, not Jaccard: a copy with a paragraph of one's own added is still a copy.
    """
    return _likeness_percent(shingles(left), shingles(right))


def _likeness_percent(first: frozenset[tuple[str, ...]], second: frozenset[tuple[str, ...]]) -> int:
    least = min(len(first), len(second))
    if least < SHINGLES_MIN:
        return 0
    return 100 * len(first & second) // least


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The passages of a text: five Chinese characters, or five Latin words, one after another."""
    tokens: list[str] = []
    for word in words(text[:TEXT_READ_MAX]):
        tokens += list(word) if is_cjk(word) else [word]
    return frozenset(tuple(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1))


def warning_to_json(warning: OfferWarning) -> dict[str, Any]:
    """As kept with the decision that saw it."""
    params = {
        name: {"fen": value.fen, "currency": value.currency} if isinstance(value, Money) else value
        for name, value in warning.params.items()
    }
    return {"code": warning.code, "params": params}


def warning_from_json(stored: Mapping[str, Any]) -> OfferWarning:
    """As it was seen then."""
    params = {
        name: Money(value["fen"], value["currency"])
        if isinstance(value, dict) and set(value) == {"fen", "currency"}
        else value
        for name, value in stored["params"].items()
    }
    return OfferWarning(stored["code"], params)


def _median_warnings(facts: OfferFacts, policy: CatalogPolicy) -> list[OfferWarning]:
    rates = [_per_hour(fee, hours) for fee, hours in facts.comparable_fees if hours > 0]
    if not facts.hours or len(rates) < policy.comparables_min:
        return []
    rate, middle = _per_hour(facts.fee.fen, facts.hours), round(median(rates))
    limit = middle * (100 + policy.price_above_median_percent) // 100
    if rate <= limit:
        return []
    currency = facts.fee.currency
    params = {
        "rate": Money(rate, currency),
        "median": Money(middle, currency),
        "limit": Money(limit, currency),
        "count": len(rates),
        "percent": policy.price_above_median_percent,
        "basis": BASIS_WORDS[facts.comparable_basis],
    }
    return [OfferWarning("fee_above_median", params)]


def _cap_warnings(facts: OfferFacts) -> list[OfferWarning]:
    return [
        OfferWarning("fee_equals_cap", {"fee": facts.fee, "scheme": dict(cap.scheme)})
        for cap in facts.caps
        if facts.fee.fen > 0 and cap.amount == facts.fee
    ]


def _rise_warnings(facts: OfferFacts, policy: CatalogPolicy) -> list[OfferWarning]:
    earlier = facts.earlier_fee_fen
    if earlier is None or facts.fee.fen <= earlier:
        return []
    # A course that was free has no percentage to rise by: every fee is a rise.
    rise = 100 * (facts.fee.fen - earlier) // earlier if earlier else 100
    if earlier and (facts.fee.fen - earlier) * 100 <= earlier * policy.price_rise_percent:
        return []
    params = {
        "before": Money(earlier, facts.fee.currency),
        "after": facts.fee,
        "version": facts.earlier_version,
        "rise": rise,
        "percent": policy.price_rise_percent,
    }
    return [OfferWarning("fee_raised", params)]


def _own_price_warnings(facts: OfferFacts) -> list[OfferWarning]:
    cheaper = [other for other in _equal_own(facts) if other.fee_fen < facts.fee.fen]
    if not cheaper:
        return []
    least = min(cheaper, key=lambda other: (other.fee_fen, other.code))
    params = {
        "title": least.title,
        "code": least.code,
        "other": Money(least.fee_fen, facts.fee.currency),
        "fee": facts.fee,
    }
    return [OfferWarning("fee_above_own_equal", params)]


def _own_copies(facts: OfferFacts, policy: CatalogPolicy) -> list[OfferWarning]:
    found: list[OfferWarning] = []
    named: set[str] = set()
    for other in facts.own:
        likeness = _title_likeness_percent(facts.title, other.title)
        if other.level == facts.level and likeness >= policy.title_likeness_percent:
            params = {"title": other.title, "code": other.code, "likeness": likeness}
            found.append(OfferWarning("title_repeated", params))
            named.add(other.code)
    for other in _equal_own(facts):
        if other.code not in named:
            params = {"title": other.title, "code": other.code}
            found.append(OfferWarning("offer_repeated", params))
    return found[:NAMED_MAX]


def _copied_descriptions(facts: OfferFacts, policy: CatalogPolicy) -> list[OfferWarning]:
    own = shingles(facts.description)
    if len(own) < SHINGLES_MIN:
        return []
    alike = [(_likeness_percent(own, shingles(other.description)), other) for other in facts.others]
    found = [
        (percent, other)
        for percent, other in alike
        if percent >= policy.description_likeness_percent
    ]
    found.sort(key=lambda pair: (-pair[0], pair[1].code))
    return [
        OfferWarning(
            "description_copied",
            {
                "likeness": percent,
                "title": other.title,
                "code": other.code,
                "institution": other.institution,
            },
        )
        for percent, other in found[:NAMED_MAX]
    ]


def _equal_own(facts: OfferFacts) -> Sequence[OtherOffer]:
    if not facts.has_occupation or not facts.hours:
        return ()
    return [
        other
        for other in facts.own
        if other.same_occupation and other.level == facts.level and other.hours == facts.hours
    ]


def _title_likeness_percent(left: str, right: str) -> int:
    matcher = SequenceMatcher(None, normal_form(left), normal_form(right), autojunk=False)
    if matcher.quick_ratio() < 0.5:
        return 0
    return int(100 * matcher.ratio())


def _per_hour(fee_fen: int, hours: int) -> int:
    """Fen per hour, rounded half up."""
    return (2 * fee_fen + hours) // (2 * hours)
