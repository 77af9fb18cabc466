"""Money: integer minor units (fen, cents) and an ISO 4217 code. Never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

AMOUNT_FEN_MAX = 10**13
"""No single amount exceeds 100 billion yuan; a larger one is an error in the input."""

_DECIMAL = re.compile(r"-?\d{1,13}(\.\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units of one currency."""

    fen: int
    currency: str

    def __post_init__(self) -> None:
        assert isinstance(self.fen, int)
        assert not isinstance(self.fen, bool)
        assert abs(self.fen) <= AMOUNT_FEN_MAX, "amount out of bounds"

    def _same(self, other: Money) -> None:
        assert self.currency == other.currency, "amounts of two currencies do not add up"

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.fen + other.fen, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.fen - other.fen, self.currency)

    def decimal_text(self) -> str:
        """The amount as banks write it: `1234.50`."""
        sign = "-" if self.fen < 0 else ""
        yuan, rest = divmod(abs(self.fen), 100)
        return f"{sign}{yuan}.{rest:02d}"


def fen_from_text(text: str) -> int:
    """Read `1234.5` as 123450. Refuses signs of doubt: exponents, a third decimal, separators.

    Raises ValueError, so that the caller can name field and row.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not an amount with at most two decimals")
    fen = int(Decimal(text) * 100)
    if abs(fen) > AMOUNT_FEN_MAX:
        raise ValueError("amount too large")
    return fen


def share_fen(amount_fen: int, percent: Fraction | int) -> int:
    """A percentage of an amount, rounded half up to the fen, once."""
    exact = Fraction(amount_fen) * Fraction(percent) / 100
    quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
    return int(quotient.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def split_fen(amount_fen: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """Divide an amount by weights so that the parts add up to it exactly (largest remainder).

    What rounding down leaves over goes fen by fen to the largest remainders; the earlier part
    first when two are equal.
    """
    total = sum(weights)
    assert total > 0, "something to divide by"
    assert amount_fen >= 0, "a part of less than nothing"
    assert all(weight >= 0 for weight in weights), "a part of less than nothing"
    parts = [amount_fen * weight // total for weight in weights]
    remainders = [amount_fen * weight % total for weight in weights]
    first = sorted(range(len(weights)), key=lambda place: -remainders[place])
    for place in first[: amount_fen - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
