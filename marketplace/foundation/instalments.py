"""A sum in equal monthly parts, and what of it is due by a day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

INSTALMENTS_MAX = 36


def instalment_plan(amount_fen: int, *, instalments: int) -> tuple[int, ...]:
    """Equal monthly parts; what does not divide is in the first ones, so that the sum is exact."""
    part, rest = divmod(amount_fen, instalments)
    return tuple(part + (number < rest) for number in range(instalments))


@dataclass(frozen=True, slots=True)
class Instalment:
    """One part of a clawback as its page shows it."""

    amount_fen: int
    month: str | None
    """In which it is due, `2026-11`; none before the second signature."""
    is_kept_back: bool
    """What was kept back so far covers it, the earlier parts first."""


def list_instalments(
    amount_fen: int, *, instalments: int, approved_on: date | None, kept_back_fen: int
) -> list[Instalment]:
    """The parts of a clawback with their months: the first is due in that of the approval."""
    found, until_fen = [], 0
    for number, part_fen in enumerate(instalment_plan(amount_fen, instalments=instalments)):
        until_fen += part_fen
        month = None
        if approved_on is not None:
            years, index = divmod(approved_on.month - 1 + number, 12)
            month = f"{approved_on.year + years}-{index + 1:02}"
        found.append(Instalment(part_fen, month, month is not None and until_fen <= kept_back_fen))
    return found


def due_by_plan_fen(amount_fen: int, *, instalments: int, approved_on: date, today: date) -> int:
    """What the plan has come to: the first part in the month of approval, one more each month."""
    months = (today.year - approved_on.year) * 12 + today.month - approved_on.month + 1
    return sum(instalment_plan(amount_fen, instalments=instalments)[: max(months, 0)])
