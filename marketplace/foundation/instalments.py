"""A sum in equal monthly parts, and what of it is due by a day. Pure."""

from __future__ import annotations

from datetime import date

INSTALMENTS_MAX = 36


def instalment_plan(amount_fen: int, *, instalments: int) -> tuple[int, ...]:
    """Equal monthly parts; what does not divide is in the first ones, so that the sum is exact."""
    part, rest = divmod(amount_fen, instalments)
    return tuple(part + (number < rest) for number in range(instalments))


def due_by_plan_fen(amount_fen: int, *, instalments: int, approved_on: date, today: date) -> int:
    """What the plan has come to: the first part in the month of approval, one more each month."""
    months = (today.year - approved_on.year) * 12 + today.month - approved_on.month + 1
    return sum(instalment_plan(amount_fen, instalments=instalments)[: max(months, 0)])
