"""May this month be settled, and may this officer sign? Pure; every reason at once."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.settlement import errors as _errors  # noqa: F401  (registers the refusals)

_PERIOD = re.compile(r"^(20[0-9]{2})-(0[1-9]|1[0-2])$")


@dataclass(frozen=True, slots=True)
class SettlementFacts:
    """What is known when an officer prepares a settlement."""

    institution_name: str
    institution_barred: bool
    period_code: str
    currencies: frozenset[str]
    """Of the unsettled redemptions; empty when there are none."""


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What is known when the second officer approves or rejects."""

    settlement_code: str
    institution_name: str
    institution_barred: bool
    is_open: bool
    """Nobody has decided yet."""
    prepared_by: int
    signed_by: int | None
    reversed_count: int


def period_dates(period_code: str) -> tuple[date, date] | None:
    """First and last local day of `2026-11`; None when it is not a month."""
    found = _PERIOD.match(period_code)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def last_ended_month(today: date) -> str:
    """The month before that of a day: a month is settled once it is over."""
    return (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def refusals_for_settlement(facts: SettlementFacts) -> tuple[Refusal, ...]:
    """Why this month of this institution cannot be settled now."""
    words = {"institution": facts.institution_name, "period": facts.period_code}
    reasons = []
    if facts.institution_barred:
        reasons.append(Refusal("institution_barred", words))
    if not facts.currencies:
        reasons.append(Refusal("nothing_to_settle", words))
    if len(facts.currencies) > 1:
        reasons.append(Refusal("settlement_mixes_currencies", words))
    return tuple(reasons)


def refusals_for_approval(facts: SignatureFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot approve this settlement (maker is never checker)."""
    reasons = list(refusals_for_rejection(facts))
    words = {"institution": facts.institution_name, "settlement": facts.settlement_code}
    if facts.institution_barred:
        reasons.append(Refusal("institution_barred", words))
    if facts.reversed_count:
        reasons.append(
            Refusal("redemption_reversed_since", words | {"count": facts.reversed_count})
        )
    return tuple(reasons)


def refusals_for_rejection(facts: SignatureFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot send this settlement back."""
    reasons = []
    if not facts.is_open:
        reasons.append(Refusal("settlement_already_decided", {"settlement": facts.settlement_code}))
    if facts.signed_by is None or facts.signed_by == facts.prepared_by:
        reasons.append(Refusal("same_person"))
    return tuple(reasons)
