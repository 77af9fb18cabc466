"""Outcomes of training as any source states them, in our words: pure.

Sources hide figures that few people stand behind. A hidden figure is read as not given, whatever
else of the row would let it be worked out, and never as 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from marketplace.catalog.states import WageKind
from marketplace.foundation.errors import N_
from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.foundation.text import tidy
from marketplace.imports.problems import ProblemList, register_problems

QUARTERS = (2, 4, 8)
"""Quarters after training in which people are looked for among the employed."""
PEOPLE_MAX = 10_000_000
SENTINEL = Decimal(-99999)
PROPORTION_TOLERANCE = Decimal("0.005")
"""Published proportions are rounded, at worst to whole percent."""
_HIDDEN = frozenset({"*", "**", "***", "s", "ds", "suppressed", "x", "未公布", "隐去"})
_FEWER_THAN = re.compile(r"^(n\s*)?[<＜≤]\s*=?\s*\d+$")
_NOTHING = frozenset({"", "n/a", "na", "none", "null", "nan", "-", "--", "\\n"})
_GROUPED = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d*)?$")
_PERIOD = re.compile(r"^(\d{4})(?:[-/ ]?([HhQq])([1-4]))?$")

register_problems(
    {
        "figure_negative": N_("%(field)s is below zero (%(before)s): taken as not given."),
        "figure_too_large": N_("%(field)s is larger than can be (%(before)s): taken as not given."),
        "people_not_whole": N_("%(field)s is not a whole number of people: “%(before)s”."),
        "proportion_unreadable": N_(
            "%(field)s is not a proportion between 0 and 1: “%(before)s”; taken as not given."
        ),
        "proportion_unfit": N_(
            "%(field)s %(before)s fits no whole number of people among %(after)s; taken as not "
            "given."
        ),
        "figure_without_base": N_(
            "%(field)s %(before)s is given, but not for how many people; taken as not given."
        ),
        "more_than_all": N_(
            "%(field)s %(before)s is more than the %(after)s it is part of; taken as not given."
        ),
        "period_unreadable": N_(
            "%(field)s “%(before)s” is neither a year, a half year nor a quarter such as 2025, "
            "2025H1, 2025Q3; the row was left out."
        ),
        "wage_kind_unreadable": N_(
            "%(field)s “%(before)s” is neither median nor average; the wages were left out."
        ),
        "outcome_institution_unknown": N_(
            "No institution is known by %(before)s; the row was left out. Import institutions "
            "first."
        ),
        "outcome_course_unknown": N_(
            "This institution has no course known by %(before)s; the row was left out."
        ),
        "outcome_older": N_(
            "Figures of a newer edition (%(before)s) are known; the row changed nothing."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """Normalised figures of one row. Empty: not given, or hidden by the source."""

    institution_key: str
    course_key: str | None
    field_code: str | None
    period: str
    period_ends_on: date | None
    started: int | None
    completed: int | None
    employed: Mapping[int, tuple[int | None, int | None]]
    """Quarter -> (in work, of how many)."""
    wages: Mapping[int, tuple[int | None, int | None]]
    """Quarter -> (wage in minor units, of how many people)."""
    wage_kind: WageKind | None
    wage_months: int
    currency: str
    hidden: int
    """How many figures of the row the source suppressed."""


@dataclass(slots=True)
class FigureReader:
    """Reads the figures of one row and counts those the source hides."""

    problems: ProblemList
    hidden: int = 0

    def people(self, raw: str, field: str) -> int | None:
        """A whole number of people."""
        number = self._number(raw, field)
        if number is None:
            return None
        if number != number.to_integral_value():
            self.problems.warn("people_not_whole", field, tidy(raw))
            return None
        if number > PEOPLE_MAX:
            self.problems.warn("figure_too_large", field, tidy(raw))
            return None
        return int(number)

    def proportion(self, raw: str, field: str) -> Decimal | None:
        """Between 0 and 1; `83.3%` too."""
        text = tidy(raw).strip("\"' ")
        is_percent = text.endswith(("%", "％"))
        number = self._number(text[:-1] if is_percent else text, field)
        if number is None:
            return None
        value = number / 100 if is_percent else number
        if value > 1:
            self.problems.warn("proportion_unreadable", field, text)
            return None
        return value

    def wage_fen(self, raw: str, field: str) -> int | None:
        """A wage in minor units, rounded half up."""
        number = self._number(raw, field)
        if number is None:
            return None
        if number * 100 > AMOUNT_FEN_MAX:
            self.problems.warn("figure_too_large", field, tidy(raw))
            return None
        return int((number * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def _number(self, raw: str, field: str) -> Decimal | None:
        text = tidy(raw).strip("\"'$¥￥ ")
        if text.lower() in _NOTHING:
            return None
        if text.lower() in _HIDDEN or _FEWER_THAN.match(text):
            self.hidden += 1
            return None
        number = _decimal(text.replace(",", "") if _GROUPED.match(text) else text)
        if number is None:
            self.problems.warn("number_unreadable", field, text)
            return None
        if number == SENTINEL:
            self.hidden += 1
            return None
        if number < 0:
            self.problems.warn("figure_negative", field, text)
            return None
        return number


def people_of_proportion(
    proportion: Decimal | None, base: int | None, field: str, problems: ProblemList
) -> int | None:
    """The whole number of people a published proportion stands for."""
    if proportion is None:
        return None
    if not base:
        problems.warn("figure_without_base", field, str(proportion))
        return None
    people = int((proportion * base).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if abs(Decimal(people) / base - proportion) > PROPORTION_TOLERANCE:
        problems.warn("proportion_unfit", field, str(proportion), str(base))
        return None
    return people


def part_of(part: int | None, whole: int | None, field: str, problems: ProblemList) -> int | None:
    """A number of people that is part of another one."""
    if part is None:
        return None
    if whole is None:
        problems.warn("figure_without_base", field, str(part))
        return None
    if part > whole:
        problems.warn("more_than_all", field, str(part), str(whole))
        return None
    return part


def read_period(raw: str, field: str, problems: ProblemList) -> tuple[str, date] | None:
    """`2025`, `2025H1`, `2025Q3` in one spelling, with the last day."""
    text = tidy(raw).strip("\"' ")
    text = re.sub(r"^(\d{4})(?:\.0+|年)$", r"\1", text)
    found = _PERIOD.match(text)
    if not found or not 1950 <= int(found[1]) <= 2100:
        problems.reject("period_unreadable", field, text)
        return None
    year, kind, number = int(found[1]), (found[2] or "").upper(), int(found[3] or 1)
    if kind == "H" and number > 2:
        problems.reject("period_unreadable", field, text)
        return None
    month = {"": 12, "H": 6 * number, "Q": 3 * number}[kind]
    last = date(year, month, 30 if month in (6, 9) else 31)
    return f"{year}{kind}{number if kind else ''}", last


def _decimal(text: str) -> Decimal | None:
    if len(text) > 40 or "_" in text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # 1e999999 would fill the memory when written out.
    return number if number.is_finite() and abs(number.adjusted()) <= 30 else None
