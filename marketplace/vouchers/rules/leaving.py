"""What a policy says about leaving a class, and about changing to another, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace.enrollment.states import LEARNER_REASONS, ExitReason
from marketplace.vouchers.rules.settings import Setting, read_setting
from marketplace.vouchers.states import CostBearer, SwapPrice

BORNE_REASONS = (
    *(reason for reason in LEARNER_REASONS if reason is not ExitReason.CLASS_CHANGED),
    ExitReason.NO_SHOW,
    ExitReason.NOT_REDEEMABLE,
)
"""Reasons for which a policy may say who bears the cost. What the institution caused is never
the worker's, whatever a policy says."""


@dataclass(frozen=True, slots=True)
class LeavingWindow:
    """Until when leaving costs nothing: so many days before the first day of the class at the
    latest, and at most so many days after enrolling (empty: however long before)."""

    until_days_before_start: int
    days_after_enrolling: int | None

    def last_day(self, *, enrolled_on: date, starts_on: date) -> date:
        """The last day on which leaving costs nothing; it may lie before enrolling."""
        before_start = starts_on - timedelta(days=self.until_days_before_start)
        if self.days_after_enrolling is None:
            return before_start
        return min(before_start, enrolled_on + timedelta(days=self.days_after_enrolling))


@dataclass(frozen=True, slots=True)
class Leaving:
    """The rules of leaving. Nothing said: leaving never costs the voucher, swaps are of the day."""

    window: Setting[LeavingWindow] | None = None
    borne_by: Setting[Mapping[ExitReason, CostBearer]] | None = None
    """Who bears the cost after the window; reasons that are not named: nobody."""
    swap_price: Setting[SwapPrice] | None = None
    swaps_max: Setting[int] | None = None
    """So many changes to another class per voucher."""


def leaving_from_pack(part: Mapping[str, Any]) -> Leaving:
    """The section `leaving` of a pack in normal form."""
    return Leaving(
        window=read_setting(part.get("window"), _window),
        borne_by=read_setting(part.get("borne_by"), _bearers),
        swap_price=read_setting(part.get("swap_price"), SwapPrice),
        swaps_max=read_setting(part.get("swaps_max"), int),
    )


def _window(value: Mapping[str, int]) -> LeavingWindow:
    return LeavingWindow(value["until_days_before_start"], value.get("days_after_enrolling"))


def _bearers(rows: list[Mapping[str, str]]) -> Mapping[ExitReason, CostBearer]:
    return {ExitReason(row["reason"]): CostBearer(row["by"]) for row in rows}
