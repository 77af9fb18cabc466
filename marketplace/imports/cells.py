"""Mending single cells of dirty tables: pure; what was changed is always reported.

Each reader takes the raw text and the row's problem list, and returns a clean value or None.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from marketplace.foundation.errors import N_
from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.foundation.text import tidy
from marketplace.imports.problems import ProblemList, register_problems

_YES = frozenset({"true", "t", "yes", "y", "1", "是"})
_NO = frozenset({"false", "f", "no", "n", "2", "0", "否"})
_NOTHING = frozenset({"", "n/a", "na", "none", "null", "nan", "-", "--", "\\n"})
_AMOUNT = re.compile(r"^-?\d{1,12}(\.\d*)?$")
_PLAIN_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?\Z", re.ASCII)
_PLAIN_NUMBER = re.compile(r"(0|[1-9]\d{0,8})\Z", re.ASCII)
_GROUPED = re.compile(r"^-?\d{1,3}(,\d{3})+(\.\d*)?$")
_PLAIN_KEY = re.compile("[A-Za-z0-9][A-Za-z0-9_-]*")
_POINT_ZERO = re.compile(r"^(\d+)\.0+$")
_UNITS = re.compile(r"\s*(?:课时|学时|小时|hours?|h)$", re.IGNORECASE)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?\Z", re.ASCII)
_SERIAL_RANGE = range(20_000, 80_000)
"""Excel counts days from 1900: these are 1954 to 2119."""
_SERIAL_EPOCH = date(1899, 12, 30)
_TIME = re.compile(
    r"[T\s]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?(Z|[+-]\d{2}:?\d{2})?$"
)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_MONTH_FIRST = re.compile(r"^(\d{1,2})[-/](\d{1,2})[-/](\d{4}|\d{2})$")
_CHINESE = re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})日$")
_YEAR_OPEN_ENDED = 2100

register_problems(
    {
        "amount_repaired": N_("The amount “%(before)s” in %(field)s was read as %(after)s."),
        "amount_rounded": N_(
            "The amount “%(before)s” in %(field)s has more than two decimals; "
            "it was rounded to %(after)s."
        ),
        "amount_unreadable": N_("%(field)s is not an amount: “%(before)s”."),
        "amount_negative": N_("%(field)s is below zero (%(before)s): taken as unknown."),
        "number_repaired": N_("The number “%(before)s” in %(field)s was read as %(after)s."),
        "id_repaired": N_(
            "%(field)s “%(before)s” had lost zeros or gained signs; it was read as %(after)s."
        ),
        "date_from_serial": N_(
            "The number “%(before)s” in %(field)s was read as the day %(after)s."
        ),
        "date_open_ended": N_("The far date “%(before)s” in %(field)s was read as no end."),
    }
)


def clean_text(
    raw: str, field: str, problems: ProblemList, *, limit: int = 500, lines: bool = False
) -> str | None:
    """Tidy text: stray outer and doubled quotation marks go; `lines` keeps line breaks."""
    if not raw:
        return None
    text = _kept_lines(raw) if lines and ("\n" in raw or "\r" in raw) else tidy(raw)
    bare = _without_stray_quotes(text) if '"' in text else text
    if bare != text:
        problems.repair("text_cleaned", field, text, bare)
    if len(bare) > limit:
        problems.repair("text_too_long", field, bare, str(limit))
        bare = bare[: limit - 1].rstrip() + "…"
    return bare or None


def _without_stray_quotes(text: str) -> str:
    while len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    return "" if text == '"' else text.replace('""', '"')


def clean_key(raw: str, field: str, problems: ProblemList) -> str | None:
    """A source's own id: `4608`, `4608.0`, `"4608"` are one."""
    if not raw or _PLAIN_KEY.fullmatch(raw):
        return raw or None
    text = tidy(raw)
    bare = text if text.isascii() else unicodedata.normalize("NFKC", text)
    bare = _POINT_ZERO.sub(r"\1", bare.strip("\"' "))
    if bare != text:
        problems.repair("id_repaired", field, text, bare)
    return bare or None


def read_amount_fen(raw: str, field: str, problems: ProblemList) -> int | None:
    """`4395`, `$1,200.00`, `１２００元`, `1.2万元`, `¥5`; below zero is unknown."""
    if _PLAIN_AMOUNT.match(raw):
        whole, _point, part = raw.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0"))
    text = tidy(raw).strip("\"' ")
    if text.lower() in _NOTHING:
        return None
    bare, factor = _bare_amount(text)
    if not _AMOUNT.match(bare):
        problems.warn("amount_unreadable", field, text)
        return None
    exact = Decimal(bare) * factor * 100
    fen = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    if abs(fen) > AMOUNT_FEN_MAX or fen < 0:
        problems.warn("amount_negative" if fen < 0 else "amount_unreadable", field, text)
        return None
    if exact != fen:
        problems.repair("amount_rounded", field, text, amount_text(fen))
    elif bare != text:
        problems.repair("amount_repaired", field, text, amount_text(fen))
    return fen


def _bare_amount(text: str) -> tuple[str, int]:
    """The figure without its currency and separators, and what one of it is worth in yuan."""
    plain = unicodedata.normalize("NFKC", text)
    bare = re.sub(r"^(-?)\s*(?:US\$|\$|¥|RMB|CNY|USD)\s*", r"\1", plain, flags=re.IGNORECASE)
    bare = re.sub(r"\s*(?:元|圆|USD|CNY|RMB)(?:整)?$", "", bare, flags=re.IGNORECASE)
    factor = 1
    if bare.endswith("万"):
        bare, factor = bare[:-1].rstrip(), 10_000
    if _GROUPED.match(bare):
        bare = bare.replace(",", "")
    return bare, factor


def amount_text(fen: int) -> str:
    """`443000` as `4430.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def read_integer(raw: str, field: str, problems: ProblemList) -> int | None:
    """A whole number; `1,200` and `1200.0` are mended, a fraction is rounded up and reported."""
    if _PLAIN_NUMBER.match(raw):
        return int(raw)
    text = tidy(raw).strip("\"' ")
    if text.lower() in _NOTHING:
        return None
    bare = _UNITS.sub("", unicodedata.normalize("NFKC", text))
    bare = bare.replace(",", "") if _GROUPED.match(bare) else bare
    if not _AMOUNT.match(bare):
        problems.warn("number_unreadable", field, text)
        return None
    exact = Decimal(bare)
    number = int(exact) if exact == int(exact) else int(exact) + 1
    if str(number) != text:
        problems.repair("number_repaired", field, text, str(number))
    return number


def read_flag(raw: str, field: str, problems: ProblemList) -> bool | None:
    """Three spellings of true: `True`, `t`, `1` (where 2 is no)."""
    if not raw:
        return None
    text = tidy(raw).strip("\"' ").lower()
    if text.endswith(".0"):
        text = text[:-2]
    if text in _YES:
        return True
    if text in _NO:
        return False
    if text not in _NOTHING:
        problems.warn("flag_unreadable", field, raw)
    return None


def read_date(raw: str, field: str, problems: ProblemList) -> date | None:
    """ISO, `6/30/2021 12:00:00 AM` (month first), `20210630`, `2021年6月30日`, Excel's 46093."""
    text = unicodedata.normalize("NFKC", tidy(raw)).strip("\"' ")
    if text.lower() in _NOTHING:
        return None
    found = _found_date(text)
    if (serial := _SERIAL.match(text)) and int(serial[1]) in _SERIAL_RANGE:
        found = _SERIAL_EPOCH + timedelta(days=int(serial[1]))
        problems.repair("date_from_serial", field, text, found.isoformat())
    if found is None or found.year < 1900:
        problems.warn("date_unreadable", field, text)
        return None
    if found.year >= _YEAR_OPEN_ENDED:
        problems.repair("date_open_ended", field, text, "")
        return None
    return found


def _found_date(text: str) -> date | None:
    parts = _date_parts(_TIME.sub("", text).strip())
    try:
        return date(*parts) if parts else None
    except ValueError:
        return None


def _date_parts(text: str) -> tuple[int, int, int] | None:
    for pattern in (_ISO, _COMPACT, _CHINESE):
        if found := pattern.match(text):
            year, month, day = map(int, found.groups())
            return year, month, day
    if found := _MONTH_FIRST.match(text):
        month, day, year = map(int, found.groups())
        return (year + (2000 if year < 70 else 1900) if year < 100 else year), month, day
    return None


def _kept_lines(raw: str) -> str:
    """Tidy line by line; at most one blank line in a row."""
    lines = [tidy(line) for line in raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
