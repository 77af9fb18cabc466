"""Figures as banks write them, to whole fen; what leaves a doubt is named, never rounded."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from marketplace.foundation.money import AMOUNT_FEN_MAX

_PLAIN = re.compile(r"\+?([0-9]{1,18}(\.[0-9]{0,17})?|\.[0-9]{1,17})")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{0,17})?")
_COMMA = re.compile(r"[0-9]{1,18}(,[0-9]{0,17})?")
_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-", "，": ",", "﹢": "+"})
_UNITS = re.compile(r"^(?:cny|rmb|人民币)|[¥￥$元]|(?:cny|rmb)$")


def fen_of_decimal(text: str | None) -> tuple[int | None, str]:
    """Minor units of an unsigned XML decimal, or the code of what is wrong with it."""
    if text is None or not _PLAIN.fullmatch(text):
        return None, "amount_not_valid"
    return _fen(Decimal(text))


def fen_of_comma(text: str) -> tuple[int | None, str]:
    """Minor units of a SWIFT amount: `6800,` or `23,5`; a point is read as some banks write it."""
    if _COMMA.fullmatch(text):
        return _fen(Decimal(text.replace(",", ".")))
    return fen_of_decimal(text)


def fen_of_cell(text: str) -> tuple[int | None, str]:
    """Signed minor units of a cell of a table: `１,234.50`, `¥-3`, `(3.00)`, `+3.00`.

    An empty cell, or one that only holds a dash, is no amount and no problem.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS).lower()
    plain = _UNITS.sub("", re.sub(r"\s", "", plain).strip("'\"="))
    if plain.strip("-/\\*") in ("", "无", "null", "nan", "none"):
        return None, "" if "*" not in plain else "amount_not_valid"
    sign = 1
    if plain.startswith("(") and plain.endswith(")"):
        sign, plain = -1, plain[1:-1]
    if plain[:1] in "+-":
        sign, plain = -sign if plain[0] == "-" else sign, plain[1:]
    elif plain[-1:] == "-":
        sign, plain = -sign, plain[:-1]
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    fen, code = fen_of_decimal(plain)
    return (None, code) if fen is None else (sign * fen, "")


def _fen(amount: Decimal) -> tuple[int | None, str]:
    exact = amount * 100
    if exact != exact.to_integral_value():
        return None, "amount_finer_than_fen"
    if exact > AMOUNT_FEN_MAX:
        return None, "amount_too_large"
    return int(exact), ""
