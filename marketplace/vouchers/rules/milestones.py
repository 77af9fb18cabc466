"""At which milestone which share of a voucher's amount becomes due, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.vouchers.rules.settings import Setting, read_setting
from marketplace.vouchers.states import Milestone

EMPLOYMENT_MONTHS = 6
"""When a policy does not say it: employment is asked for half a year after the training."""


@dataclass(frozen=True, slots=True)
class HeldShare:
    """A share that is withheld after the training until something is proven."""

    milestone: Milestone
    percent: int
    after_months: int
    """Months after the training before which no evidence counts; 0: from its last day on."""
    within_days: int
    """Days after the training in which the evidence has to be there; later the share is lost."""


@dataclass(frozen=True, slots=True)
class Milestones:
    """The shares of an amount in percent; together they are all of it."""

    start_percent: int
    """Proposed as an advance when the class has begun; else due with the finish."""
    finish_percent: int
    held: tuple[HeldShare, ...]
    """In the order in which they come."""

    @property
    def asks_for_advance(self) -> bool:
        """Whether something is due when a class begins."""
        return self.start_percent > 0


def read_milestones(pack: Mapping[str, Any]) -> Setting[Milestones] | None:
    """The rule `payment.milestones` of a pack in normal form; absent: all is due at the finish."""
    return read_setting(pack.get("payment", {}).get("milestones"), _milestones)


def _milestones(value: Mapping[str, int]) -> Milestones:
    held = (
        HeldShare(
            milestone,
            value[f"{milestone}_percent"],
            months,
            value[f"{milestone}_within_days"],
        )
        for milestone, months in (
            (Milestone.CERTIFICATE, 0),
            (Milestone.EMPLOYMENT, value.get("employment_after_months", EMPLOYMENT_MONTHS)),
        )
        if f"{milestone}_percent" in value
    )
    return Milestones(value.get("start_percent", 0), value["finish_percent"], tuple(held))
