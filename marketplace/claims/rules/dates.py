"""When each step is due and when the money is expected. Pure; days by policy."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.claims.rules.policy import ClaimPolicy


@dataclass(frozen=True, slots=True)
class ClaimSteps:
    """The days that are known so far; what is None lies ahead."""

    submitted_on: date
    redeemed_until: date
    """The last day on which one of its vouchers was redeemed."""
    checked_on: date | None = None
    notice_until: date | None = None
    approved_on: date | None = None


@dataclass(frozen=True, slots=True)
class ClaimDates:
    """When each step is due at the latest, as the institution reads it."""

    check_by: date
    notice_until: date
    approve_by: date
    settle_from: date
    pay_by: date


def claim_dates(steps: ClaimSteps, policy: ClaimPolicy, *, hold_days: int) -> ClaimDates:
    """Each step counted from the one before it, from its real day once that is known.

    A month is settled when it is over, and `hold_days` (set by the grade) after approval.
    """
    check_by = steps.checked_on or steps.submitted_on + timedelta(days=policy.check_days)
    notice_until = steps.notice_until or check_by + timedelta(days=policy.notice_days)
    approve_by = steps.approved_on or notice_until + timedelta(days=policy.approve_days)
    settle_from = max(approve_by + timedelta(days=hold_days), _last_of_month(steps.redeemed_until))
    pay_by = settle_from + timedelta(days=policy.pay_days)
    return ClaimDates(check_by, notice_until, approve_by, settle_from, pay_by)


def _last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
