"""Writing XLSX for download: texts only, so that nothing is taken for a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.foundation.files import safe_cell

CELL_CHARS_MAX = 32_767
"""What a cell of a spreadsheet holds at most."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a header and its rows, read once; `widths` in characters."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]
    widths: Sequence[int] = ()


def write_spreadsheet(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write sheets row by row, in bounded memory. Cells are disarmed as in CSV downloads."""
    import xlsxwriter  # 2 MiB, where somebody asks for a spreadsheet

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False})
    try:
        bold = book.add_format({"bold": True, "bottom": 1})
        text = book.add_format({"num_format": "@"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title)
            page.freeze_panes(1, 0)
            for column in range(len(sheet.header)):
                width = sheet.widths[column] if column < len(sheet.widths) else 18
                # Columns are text: a number typed by hand keeps its leading zeros.
                page.set_column(column, column, width, text)
            for column, name in enumerate(sheet.header):
                page.write_string(0, column, safe_cell(name)[:CELL_CHARS_MAX], bold)
            for number, row in enumerate(sheet.rows, start=1):
                for column, value in enumerate(row):
                    if shown := safe_cell(value).replace("\r\n", "\n"):
                        page.write_string(number, column, shown[:CELL_CHARS_MAX], text)
    finally:
        book.close()
