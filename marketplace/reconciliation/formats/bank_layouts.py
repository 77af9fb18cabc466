"""How each bank lays out its table: one TOML file per bank in `layouts/`, read and checked once.

A new bank is a new file. `marks` are words above the table that name the bank, `signature` names
of columns that only it uses, `columns` the names it has given to what we need; all_banks.toml holds
the names and words all banks share.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

LAYOUTS_DIR = Path(__file__).parent / "layouts"
HEADER_ROWS_MAX = 60
FALLBACK = "other"
ALL_BANKS = "all_banks"
COLUMNS = frozenset(
    "day amount incoming outgoing direction balance currency own_account counterparty payer payee"
    " bank_reference end_to_end status remittance".split()
)
_ROW_WORDS = frozenset("totals subtotals ignored opening closing not_booked".split())
_TEXTS = frozenset("account opening closing incoming outgoing".split())
_FIGURES = {
    "{amount}": r"(?P<amount>[-+]?(?:cny|rmb|[¥￥$])?[0-9][0-9,]*(?:\.[0-9]+)?)",
    "{count}": r"(?P<count>[0-9]{1,7})",
}
_UNIT = re.compile(r"\((?:元|人民币|人民币元|cny|rmb|单位:元)\)")
_ENGLISH = re.compile(r"\[[^\]]*\]|[a-z][a-z.'’\-]*")


@dataclass(frozen=True, slots=True)
class Layout:
    """One bank's way of writing a table."""

    code: str
    name: str
    currency: str
    marks: tuple[str, ...]
    signature: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Words:
    """What the exports of all banks share."""

    directions: Mapping[str, int]
    currencies: Mapping[str, str]
    rows: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, tuple[re.Pattern[str], ...]]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the table begins, and which column is what."""

    layout: Layout
    first_row: int
    """Index of the first row below the header."""
    names: tuple[str, ...]
    columns: Mapping[str, int]
    remittance: tuple[int, ...]


def plain(text: str) -> str:
    """A header or word as it is compared: no white space, half width, lower case."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).strip("'\"=*").lower()


@lru_cache(maxsize=1)
def load_words() -> Words:
    """The shared words. Raises ValueError when all_banks.toml has an unknown key."""
    common = _read(ALL_BANKS)
    _refuse_unknown(ALL_BANKS, common, {"directions", "currencies", "columns", "rows", "texts"})
    _refuse_unknown("all_banks.rows", common["rows"], _ROW_WORDS)
    _refuse_unknown("all_banks.texts", common["texts"], _TEXTS)
    directions = {plain(word): 1 for word in common["directions"]["incoming"]}
    directions |= {plain(word): -1 for word in common["directions"]["outgoing"]}
    return Words(
        directions=directions,
        currencies={
            plain(word): code for code, words in common["currencies"].items() for word in words
        },
        rows={key: tuple(plain(word) for word in words) for key, words in common["rows"].items()},
        texts={
            key: tuple(_pattern(text) for text in texts) for key, texts in common["texts"].items()
        },
    )


@lru_cache(maxsize=1)
def load_layouts() -> tuple[Layout, ...]:
    """All banks by code, the one for any other bank last. Raises ValueError for a wrong file."""
    shared = _read(ALL_BANKS)["columns"]
    codes = sorted(path.stem for path in LAYOUTS_DIR.glob("*.toml") if path.stem != ALL_BANKS)
    return tuple(
        _layout(code, _read(code), shared) for code in sorted(codes, key=lambda c: c == FALLBACK)
    )


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """The header row among the first rows and the bank whose it is; none when no row is one.

    A header of two rows, with groups of columns above, is read as one.
    """
    above = ""
    plain_rows = [[plain(cell) for cell in row] for row in rows[: HEADER_ROWS_MAX + 1]]
    for index, single in enumerate(plain_rows[:HEADER_ROWS_MAX]):
        below = plain_rows[index + 1] if index + 1 < len(plain_rows) else []
        for names, first_row in _readings(single, below, index):
            if (found := _best_layout(names, above)) is not None:
                columns = _columns(names, found)
                remittance = _remittance(names, found, set(columns.values()))
                return Header(found, first_row, tuple(names), columns, remittance)
        above += "".join(single)
    return None


def _readings(
    single: Sequence[str], below: Sequence[str], index: int
) -> Iterator[tuple[Sequence[str], int]]:
    """A header as one row, or with the row below it when that holds nothing but more names."""
    known = _known_names()
    is_second = any(below) and all(
        not name or any(form in known for form in _forms(name)) for name in below
    )
    if is_second and _best_layout(below, "") is None:
        yield _joined(single, below), index + 2
    yield single, index + 1


def currency_code(text: str, default: str) -> str:
    """`人民币` -> `CNY`; an ISO code stays; what is neither is the default."""
    word = plain(text)
    return load_words().currencies.get(word) or (
        word.upper() if re.fullmatch("[a-z]{3}", word) else default
    )


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    columns = [names for layout in load_layouts() for names in layout.columns.values()]
    return frozenset(name for names in columns for name in names)


def _best_layout(names: Sequence[str], above: str) -> Layout | None:
    if not _is_header(_columns(names, load_layouts()[-1])) and not any(
        _is_header(_columns(names, layout)) for layout in load_layouts()
    ):
        return None
    known = {form for name in names for form in _forms(name)}

    def likeness(layout: Layout) -> tuple[int, bool]:
        marks = sum(mark in above for mark in layout.marks)
        shared = len(layout.signature & known)
        # One name may be anybody's; two together, or the bank's own name, are the bank's.
        return (10 * marks + (shared if shared > 1 or marks else 0), layout.code == FALLBACK)

    return max(load_layouts(), key=likeness)


def _is_header(columns: Mapping[str, int]) -> bool:
    has_amounts = "amount" in columns or {"incoming", "outgoing"} <= columns.keys()
    return "day" in columns and has_amounts


def _columns(names: Sequence[str], layout: Layout) -> dict[str, int]:
    places: dict[str, int] = {}
    for index, name in enumerate(names):
        for form in _forms(name):
            places.setdefault(form, index)
    found: dict[str, int] = {}
    for field, known in layout.columns.items():
        if field != "remittance":
            place = next((places[name] for name in known if name in places), None)
            if place is not None:
                found[field] = place
    if {"incoming", "outgoing"} <= found.keys():
        found.pop("amount", None)
    else:
        found.pop("incoming", None)
        found.pop("outgoing", None)
    return found


def _remittance(names: Sequence[str], layout: Layout, taken: set[int]) -> tuple[int, ...]:
    wanted = {
        name: order for order, name in reversed(list(enumerate(layout.columns["remittance"])))
    }
    found = []
    for index, name in enumerate(names):
        orders = [wanted[form] for form in _forms(name) if form in wanted]
        if orders and index not in taken:
            found.append((min(orders), index))
    return tuple(index for _order, index in sorted(found))


def _forms(name: str) -> list[str]:
    """A header as written, without its unit, and without its English half."""
    bare = _UNIT.sub("", name)
    chinese = _ENGLISH.sub("", bare).strip("/_-:")
    return [form for form in dict.fromkeys((name, bare, chinese)) if form]


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    width = max(len(upper), len(lower))
    padded = [[*row, *([""] * (width - len(row)))] for row in (upper, lower)]
    return [below or over for over, below in zip(*padded, strict=True)]


def _layout(code: str, document: Mapping[str, Any], shared: Mapping[str, list[str]]) -> Layout:
    _refuse_unknown(code, document, {"name", "currency", "marks", "signature", "columns"})
    own = document["columns"]
    _refuse_unknown(f"{code}.columns", own, COLUMNS)
    columns = {
        field: tuple(dict.fromkeys(plain(name) for name in (*own.get(field, []), *names)))
        for field, names in shared.items()
    }
    return Layout(
        code=code,
        name=document["name"],
        currency=document.get("currency", "CNY"),
        marks=tuple(plain(mark) for mark in document["marks"]),
        signature=frozenset(plain(name) for name in document["signature"]),
        columns=columns,
    )


def _read(code: str) -> dict[str, Any]:
    return tomllib.loads((LAYOUTS_DIR / f"{code}.toml").read_text(encoding="utf-8"))


def _pattern(text: str) -> re.Pattern[str]:
    for name, figure in _FIGURES.items():
        text = text.replace(name, figure)
    return re.compile(text, re.I)


def _refuse_unknown(place: str, given: Mapping[str, Any], known: frozenset[str] | set[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise ValueError(f"layout {place} has unknown keys: {', '.join(unknown)}")
