"""Who attended too little for the whole amount: is a part of it owed, and how much? Pure.

The rule is the scheme's (`completion.partial` of its policy pack). The integer completion rate
decides; the amount is rounded half up to the fen once.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.enrollment.states import ExitReason
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money, share_fen
from marketplace.vouchers.rules.completion import Partial
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import OwnShareOfPart

PART_PERCENT_MAX = 99
"""A hundred percent is no part."""


@dataclass(frozen=True, slots=True)
class PartTerms:
    """What the scheme version pays below its attendance, and where it says so."""

    partial: Partial
    rule: str


@dataclass(frozen=True, slots=True)
class Part:
    """What was earned of a voucher's amount instead of all of it."""

    rate_percent: int
    """The completion rate it was earned by."""
    percent: int
    """Of the reserved amount."""
    own_percent: int
    """Of what the voucher left over (own share); 100: all of it."""
    rule: str


def part_terms(policy: Policy) -> PartTerms | None:
    """The terms of a policy; none: below its attendance nothing is paid."""
    partial = policy.completion.partial
    return PartTerms(partial.value, policy.cite(partial)) if partial else None


def part_earned(rate_percent: int, *, minimum: int, terms: PartTerms | None) -> Part | None:
    """The part a completion rate earns; none: the rate earns all, or nothing."""
    if terms is None or rate_percent >= minimum:
        return None
    percent = terms.partial.percent_for(rate_percent)
    if percent is None:
        return None
    is_whole = terms.partial.own_share is OwnShareOfPart.WHOLE
    return Part(rate_percent, percent, 100 if is_whole else percent, terms.rule)


def part_of_leaver(
    rate_percent: int, reason: ExitReason, *, terms: PartTerms | None
) -> Part | None:
    """The part that who left a class for a reason earns its institution; none: nothing.

    However much was attended it is a part, never all: the class was not finished. Of the own share
    the rule of leaving decides, when they leave.
    """
    if terms is None or reason not in terms.partial.leavers:
        return None
    percent = terms.partial.percent_for(rate_percent)
    if percent is None:
        return None
    return Part(rate_percent, min(percent, PART_PERCENT_MAX), 100, terms.rule)


def earned_of(reserved: Money, part: Part | None) -> Money:
    """What of a reserved amount is owed; never rounded down to nothing."""
    if part is None:
        return reserved
    return Money(max(share_fen(reserved.fen, part.percent), 1), reserved.currency)


def reason_for_part(part: Part, *, reserved: Money) -> Refusal:
    """Why only a part is paid, in words and with its rule, as pages, API and trail tell it."""
    params = {
        "rate": part.rate_percent,
        "percent": part.percent,
        "reserved": reserved,
        "amount": earned_of(reserved, part),
    }
    return Refusal("part_is_paid", params, rule=part.rule)
