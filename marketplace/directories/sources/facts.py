"""Entries of registers and of the in-demand list as any source states them, in our words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from stdnum.cn import uscc as uscc_number

from marketplace.catalog.states import ShortageEntryKind
from marketplace.directories.rules import read_levels
from marketplace.directories.states import QualificationKind
from marketplace.foundation.errors import N_
from marketplace.imports.cells import clean_key, clean_text, read_date
from marketplace.imports.problems import ProblemList, register_problems
from marketplace.imports.reading import Cells

_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
_ORACLE_DAY = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{2}|\d{4})")

register_problems(
    {
        "directory_unnamed": N_("The row has no name; it was left out."),
        "directory_uscc_wrong": N_(
            "“%(before)s” is not a unified social credit code; the row was left out."
        ),
        "directory_place_unknown": N_("No place is known by %(before)s; the row was left out."),
        "directory_occupation_unknown": N_(
            "No occupation is known by %(before)s; the row was left out."
        ),
        "directory_occupation_dropped": N_(
            "No occupation is known by %(before)s; the entry is kept without it."
        ),
        "directory_occupation_by_title": N_(
            "The code %(before)s is not in the classification; by its title it is %(after)s."
        ),
        "directory_scope_wrong": N_(
            "“%(before)s” does not say occupations and levels such as 6-31-01-03:5,4; "
            "the row was left out."
        ),
        "directory_scope_empty": N_("Nothing says what may be assessed; the row was left out."),
        "directory_kind_unknown": N_(
            "“%(before)s” is not a kind of qualification known here; the row was left out."
        ),
        "directory_level_wrong": N_("“%(before)s” is not a level from 1 to 5; it was left empty."),
        "directory_status_unknown": N_(
            "“%(before)s” is neither listed nor retired; the row was left out."
        ),
        "directory_dates_swapped": N_(
            "The last day %(before)s is before the first day; the row was left out."
        ),
        "directory_older": N_(
            "The directory holds a later statement (from %(before)s); the row was left out."
        ),
        "directory_uscc_double": N_(
            "An assessment body with the code ending in %(before)s is listed already; "
            "the row was left out."
        ),
        "shortage_kind_unknown": N_(
            "“%(before)s” is neither add nor except; the row was left out."
        ),
        "shortage_uplift_wrong": N_(
            "“%(before)s” is not an uplift from 1 to 100 percent; it was left empty."
        ),
        "shortage_place_unknown": N_(
            "No place within the list's own is known by %(before)s; the row was left out."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class AssessorFacts:
    """One assessor as a file states it: occupations by code, with their levels."""

    key: str
    name: str
    uscc: str | None
    jurisdiction_code: str | None
    scope: tuple[tuple[str | None, int | None], ...]
    valid_from: date | None
    valid_until: date | None
    clause: str | None
    is_listed: bool = True


@dataclass(frozen=True, slots=True)
class QualificationFacts:
    """One qualification as a file states it."""

    key: str
    name: str
    kind: QualificationKind
    jurisdiction_code: str | None = None
    occupation_code: str | None = None
    level: int | None = None
    issuer: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    clause: str | None = None
    is_listed: bool = True
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class ShortageFacts:
    """One entry of the in-demand list as a file states it."""

    occupation_code: str
    occupation_title: str | None
    kind: ShortageEntryKind = ShortageEntryKind.ADD
    place: str | None = None
    """Code or name of the place it speaks of; empty: the list's own."""
    uplift_percent: int | None = None
    valid_until: date | None = None
    clause: str | None = None


def read_name(cells: Cells, column: str, problems: ProblemList) -> str | None:
    """The name of an entry; a row without one is left out."""
    name = clean_text(cells[column], column, problems, limit=200)
    if name is None:
        problems.reject("directory_unnamed", column)
    return name


def read_optional(cells: Cells, column: str, problems: ProblemList) -> str | None:
    """A text that may be missing."""
    return clean_text(cells.get(column, ""), column, problems)


def read_code(cells: Cells, column: str, problems: ProblemList) -> str | None:
    """A code that may be missing; spreadsheets' `.0` is taken off."""
    return clean_key(cells.get(column, ""), column, problems)


def read_period(cells: Cells, problems: ProblemList) -> tuple[date | None, date | None] | None:
    """First and last day; a row that ends before it begins is left out."""
    first = read_date(cells.get("valid_from", ""), "valid_from", problems)
    last = read_date(cells.get("valid_until", ""), "valid_until", problems)
    if first and last and last < first:
        problems.reject("directory_dates_swapped", "valid_until", last.isoformat())
        return None
    return first, last


def read_is_listed(cells: Cells, problems: ProblemList) -> bool | None:
    """`listed` or nothing; `retired` ends the entry."""
    word = cells.get("status", "").strip().strip("\"' ").lower()
    if word in ("", "listed", "active", "有效", "正常", "在目录"):
        return True
    if word in ("retired", "withdrawn", "ended", "注销", "退出", "撤销"):
        return False
    problems.reject("directory_status_unknown", "status", word)
    return None


def read_level(cells: Cells, problems: ProblemList) -> int | None:
    """5 beginner … 1 senior technician; anything else is left empty and said so."""
    text = cells.get("level", "").strip().strip("\"' ")
    found = read_levels(re.sub(r"\.0+$", "", text))
    if found is None or len(found) != 1:
        problems.warn("directory_level_wrong", "level", text)
        return None
    return found[0]


def read_checked_uscc(raw: str, problems: ProblemList) -> str | None:
    """GB 32100; a row with a wrong one is left out."""
    text = raw.strip().strip("\"' ").upper().replace(" ", "")
    if text and not uscc_number.is_valid(text):
        problems.reject("directory_uscc_wrong", "uscc", raw.strip())
    return text or None


def read_scope(raw: str, problems: ProblemList) -> tuple[tuple[str | None, int | None], ...] | None:
    """`6-31-01-03:5,4; 4-10-01-05` as pairs of code and level; `*` is any occupation."""
    pairs: list[tuple[str | None, int | None]] = []
    for part in re.split(r"[;；|]", raw.strip().strip("\"'")):
        code, _mark, levels = part.replace("：", ":").partition(":")
        code = code.strip()
        if not code and not levels.strip():
            continue
        found = read_levels(levels)
        if found is None or not re.fullmatch(r"\*|[0-9][0-9A-Za-z.\-]{0,15}", code):
            problems.reject("directory_scope_wrong", "scope", part.strip())
            return None
        pairs += [(None if code == "*" else code, level) for level in found]
    if not pairs:
        problems.reject("directory_scope_empty", "scope")
        return None
    return tuple(dict.fromkeys(pairs))


def read_oracle_day(raw: str, field: str, problems: ProblemList) -> date | None:
    """`28-JAN-20`, as exports of older databases write days; other forms as everywhere."""
    found = _ORACLE_DAY.fullmatch(raw.strip().strip("\"' "))
    if found is None or found.group(2).upper() not in _MONTHS:
        return read_date(raw, field, problems)
    day, month, year = int(found.group(1)), found.group(2).upper(), int(found.group(3))
    year += 0 if year > 99 else 2000 if year < 70 else 1900
    try:
        return date(year, _MONTHS.index(month) + 1, day)
    except ValueError:
        problems.warn("date_unreadable", field, raw)
        return None
