"""How rates and allowances are put together and limited, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money
from marketplace.vouchers.errors import CATEGORY_LABELS
from marketplace.vouchers.rules.policy import WHAT_WAS_PAID, Allowance, Rate


@dataclass(frozen=True, slots=True)
class PaymentByTime:
    """How a rate or an allowance that is paid by time is put together, in words."""

    text: str
    params: Mapping[str, Any]


def allowance_categories(row: Allowance) -> tuple[str, ...]:
    """For whom an allowance is; nobody named: for all."""
    return tuple(CATEGORY_LABELS[category] for category in row.categories or ())


def allowance_limits(row: Allowance, currency: str) -> list[PaymentByTime]:
    """How often it is paid to one person and what it never exceeds, in words."""
    found = []
    if row.per_year_max:
        text = N_("at most %(limit)s times a year")
        found.append(PaymentByTime(text, {"limit": row.per_year_max}))
    if row.per_lifetime_max:
        text = N_("at most %(limit)s times in a lifetime")
        found.append(PaymentByTime(text, {"limit": row.per_lifetime_max}))
    if share := row.most_share:
        text = N_("at most %(percent)s %% of %(amount)s")
        params = {"percent": share.percent, "amount": Money(share.of_fen, currency)}
        found.append(PaymentByTime(text, params))
    if row.at_most == WHAT_WAS_PAID:
        found.append(PaymentByTime(N_("what was paid, against the receipt"), {}))
    return found


def payments_by_time(row: Rate | Allowance, currency: str) -> list[PaymentByTime]:
    """`10.00 an hour`, `150.00 a day for 10 days`: nothing for a plain amount."""
    if row.per_hour:
        amount = Money(row.per_hour.fen, currency)
        return [PaymentByTime(N_("%(amount)s an hour"), {"amount": amount})]
    steps = row.per_day.steps if row.per_day else ()
    found = [
        PaymentByTime(
            N_("%(amount)s a day for %(days)s days"), {"amount": Money(fen, currency), "days": days}
        )
        for days, fen in steps
    ]
    under = row.under_hours if isinstance(row, Rate) else None
    if under:
        text = N_("with fewer hours %(amount)s a day, at most %(percent)s %% of the amount")
        params = {"amount": Money(under.fen_per_day, currency), "percent": under.most_percent}
        found.append(PaymentByTime(text, params))
    return found
