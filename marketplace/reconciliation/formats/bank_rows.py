"""One row of a bank's table: a movement, a heading, a total, a note. Pure reading of cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.foundation.text import day_from_text, tidy
from marketplace.reconciliation.formats.amounts import fen_of_cell
from marketplace.reconciliation.formats.bank_layouts import Header, load_words, plain

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d{1,5}(?:\D|$))")
_CUT_FIGURE = re.compile(r"([^\d|.,]\d{1,3}(?:,\d{3})*)\|(?=\d{3}(?:\D|$))")
"""`共 2,000.50 元` without quotation marks is two cells of a CSV."""
_NAMES = re.compile(r"\[[^\]0-9]*\]")


@dataclass(frozen=True, slots=True)
class Cells:
    """A row, asked by what its columns mean."""

    header: Header
    row: Sequence[str]

    def text(self, field: str) -> str:
        """The cell of a column, tidy; empty where there is no such column or cell."""
        index = self.header.columns.get(field)
        return self._at(index) if index is not None else ""

    def fen(self, field: str) -> tuple[int | None, str]:
        """The amount in a column, or the code of what is wrong with it."""
        return fen_of_cell(self.text(field))

    @property
    def remittance(self) -> str:
        """All words about the purpose, in the order of the layout."""
        words = [self._at(index) for index in self.header.remittance]
        return " ".join(dict.fromkeys(word for word in words if word not in ("", "-", "--")))

    @property
    def day(self) -> date | None:
        return day_of_cell(self.text("day"))

    @property
    def label(self) -> str:
        """The first cell that says something."""
        return next((word for cell in self.row if (word := plain(cell))), "")

    def _at(self, index: int) -> str:
        return tidy(self.row[index].strip("\"'=")) if index < len(self.row) else ""


def day_of_cell(text: str) -> date | None:
    """A day as banks write it: `2025/12/03  14:06:51`, `20230502`, `2023年5月2日`."""
    words = unicodedata.normalize("NFKC", text).strip().strip("'\"[]=")
    found = _DAY.match(words) or _COMPACT.match(words)
    if found is None:
        return None
    year, month, day = found.groups()
    return day_from_text(f"{year}-{int(month):02d}-{int(day):02d}")


def row_text(row: Sequence[str]) -> str:
    """A row as one text, cells apart, without the English half of bilingual names."""
    text = _NAMES.sub("", "|".join(word for cell in row if (word := plain(cell))))
    while (mended := _CUT_FIGURE.sub(r"\1,", text, count=1)) != text:
        text = mended
    return text


def is_blank(row: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in row)


def is_one_of(kind: str, label: str) -> bool:
    """Whether a label holds a word of a kind of row, such as `totals`."""
    return any(word in label for word in load_words().rows[kind])


def figures_of(kind: str, text: str) -> tuple[int | None, int | None]:
    """Amount and count that a line of text states for a kind of figure, such as `incoming`."""
    for pattern in load_words().texts[kind]:
        if found := pattern.search(text):
            parts = found.groupdict()
            count = parts.get("count")
            return fen_of_cell(parts["amount"])[0], int(count) if count else None
    return None, None


def bank_account_of(text: str) -> str | None:
    """The account number that a line of text states."""
    for pattern in load_words().texts["account"]:
        if found := pattern.search(text):
            return found["account"].strip(" -")
    return None
