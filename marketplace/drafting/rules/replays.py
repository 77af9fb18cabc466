"""Which periods can be replayed, and how long the money would last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.drafting import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.foundation.errors import Refusal
from marketplace.funds.rules import BURN_DAYS, runs_dry_on

REPLAY_YEARS_MAX = 5


def refusals_for_period(from_on: date, until_on: date, *, today: date) -> tuple[Refusal, ...]:
    """A past period of at most some years."""
    refusals = []
    if until_on < from_on:
        refusals.append(Refusal("replay_dates_reversed", field="until_on"))
    if until_on > today:
        refusals.append(Refusal("replay_ahead", {"day": today}, field="until_on"))
    if (until_on - from_on).days > REPLAY_YEARS_MAX * 366:
        params = {"years": REPLAY_YEARS_MAX}
        refusals.append(Refusal("replay_too_long", params, field="from_on"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class Pace:
    """What is left of an allotment, and how fast it goes."""

    available_fen: int
    used_lately_fen: int
    """By all schemes in the last BURN_DAYS: what the fund's own forecast goes by."""
    difference_fen: int
    """What the replayed period would have cost more; less is negative."""
    days: int
    """Of the replayed period."""


def dry_days(pace: Pace, *, today: date) -> tuple[date | None, date | None]:
    """When the allotment runs dry as it goes now, and when at the other price. The difference of
    the period counts in proportion of days; empty: not within ten years."""
    more = pace.difference_fen * BURN_DAYS // max(pace.days, 1)
    return (
        runs_dry_on(
            pace.available_fen, used_lately_fen=pace.used_lately_fen, days=BURN_DAYS, today=today
        ),
        runs_dry_on(
            pace.available_fen,
            used_lately_fen=pace.used_lately_fen + more,
            days=BURN_DAYS,
            today=today,
        ),
    )
