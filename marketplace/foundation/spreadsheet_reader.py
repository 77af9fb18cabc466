"""The child that reads a spreadsheet: memory is limited, and whatever goes wrong ends only it.

python -m marketplace.foundation.spreadsheet_reader SOURCE TARGET ROWS_MAX
"""

from __future__ import annotations

import csv
import json
import re
import resource
import sys
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.utils.escape import unescape
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from marketplace.foundation.spreadsheets import (
    CELL_ERROR,
    FORMULA,
    MARKS,
    MERGED,
    NO_VALUE,
    OUT_OF_MEMORY,
    ROWS_MAX,
)

MEMORY_BYTES_MAX = 320 * 1024 * 1024
SURPLUS_KEPT = 5
HEAD_ROWS = 50
WIDTH_MAX = 2_000
MERGES_MAX = 20_000
_ALL_MARKS = "".join(MARKS)
_MERGE = re.compile(rb'mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_BLOCK = 1 << 16


class _MarkingParser(WorkSheetParser):
    """The library's reader, which also says where a value comes from a formula."""

    hidden_rows = 0

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        cell["has_formula"] = element.find(FORMULA_TAG) is not None
        return cell

    def parse_row(self, row: Any) -> Any:
        self.hidden_rows += row.get("hidden") in ("1", "true")
        parsed = super().parse_row(row)
        self.row_dimensions.clear()
        return parsed


class _Merges:
    """Cells joined down one column: the first one's value is meant for all of them."""

    def __init__(self, stream: BinaryIO) -> None:
        self.ranges: dict[int, list[tuple[int, int]]] = {}
        self.wide: list[str] = []
        tail = b""
        count = 0
        while block := stream.read(_BLOCK):
            text = tail + block
            last = 0
            for found in _MERGE.finditer(text):
                count += 1
                if count <= MERGES_MAX:
                    self._add(*(part.decode() for part in found.groups()))
                last = found.end()
            tail = text[max(last, len(text) - 200) :]
        for ranges in self.ranges.values():
            ranges.sort(reverse=True)
        self.tops: dict[int, str] = {}

    def _add(self, left: str, first: str, right: str, last: str) -> None:
        if left == right:
            column = column_index_from_string(left)
            self.ranges.setdefault(column, []).append((int(first), int(last)))
        else:
            self.wide.append(f"{left}{first}:{right}{last}")

    def fill(self, number: int, cells: dict[int, str]) -> None:
        for column, ranges in self.ranges.items():
            while ranges and ranges[-1][1] < number:
                ranges.pop()
            if not ranges or number < ranges[-1][0]:
                continue
            if number == ranges[-1][0]:
                self.tops[column] = cells.get(column, "").lstrip(_ALL_MARKS)
            elif not cells.get(column) and self.tops.get(column):
                cells[column] = MERGED + self.tops[column]


def _convert(source: Path, target: Path, rows_max: int) -> None:
    # The library's streaming reader has no public way to see formulas beside values.
    book: Any = load_workbook(source, read_only=True, data_only=True, keep_links=False)
    sheets = list(book.worksheets)
    visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
    if not visible:
        raise ValueError("no sheet to be seen")
    sheet = visible[0]
    with sheet._get_source() as stream:
        merges = _Merges(stream)
    padding = _padding_of(book)
    with sheet._get_source() as stream, target.open("w", encoding="utf-8", newline="") as file:
        parser = _MarkingParser(
            stream, sheet._shared_strings, data_only=True, epoch=book.epoch,
            date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
        )  # fmt: skip
        writer = csv.writer(file)
        for cells in islice(_numbered_rows(parser, merges, padding), rows_max):
            writer.writerow(cells)
    notes = [("sheet_ignored", sheet.title) for sheet in visible[1:]]
    notes += [("sheet_hidden", sheet.title) for sheet in sheets if sheet not in visible]
    if parser.hidden_rows:
        notes.append(("rows_hidden", str(parser.hidden_rows)))
    if merges.wide:
        notes.append(("cells_merged_across", ", ".join(merges.wide[:10])))
    side = target.with_name(target.name + ".json")
    side.write_text(json.dumps(notes), encoding="utf-8")


def _numbered_rows(
    parser: _MarkingParser, merges: _Merges, padding: dict[int, int]
) -> Iterator[Sequence[str]]:
    """Every row from the first on, blank ones too; no wider than the widest row of the head."""
    width = 0
    expected = 1
    for number, raw in parser.parse():
        if number < expected or number > ROWS_MAX:
            raise ValueError("rows out of order")
        yield from ((),) * (number - expected)
        expected = number + 1
        cells = {
            cell["column"]: text for cell in raw if (text := _text_of(cell, padding)) is not None
        }
        merges.fill(number, cells)
        if number <= HEAD_ROWS:
            width = min(max(width, *cells, 0) if cells else width, WIDTH_MAX)
        inside = [cells.get(column, "") for column in range(1, width + 1)]
        surplus = [text for column, text in cells.items() if column > width and text.strip()]
        while inside and not surplus and not inside[-1]:
            inside.pop()
        yield tuple(chain(inside, surplus[:SURPLUS_KEPT]))


def _text_of(cell: dict[str, Any], padding: dict[int, int]) -> str | None:
    """A cell as a person reads it; nothing where it is blank."""
    value = cell["value"]
    if value is None:
        return NO_VALUE if cell["has_formula"] else None
    if cell["data_type"] == "e":
        return CELL_ERROR + str(value)
    text = _plain(value)
    if cell["style_id"] in padding and text.isdigit():
        text = text.zfill(padding[cell["style_id"]])
    return FORMULA + text if cell["has_formula"] else text


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return (
            format(value, ".15g") if abs(value) >= 1e15 or value != int(value) else str(int(value))
        )
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return unescape(str(value)).lstrip(_ALL_MARKS)


def _padding_of(book: Any) -> dict[int, int]:
    """Styles that show a number with leading zeros, such as 00000, and how many digits."""
    found = {}
    for style_id, style in enumerate(book._cell_styles):
        number = style.numFmtId - 164
        shown = book._number_formats[number] if 0 <= number < len(book._number_formats) else ""
        if re.fullmatch(r"0{2,20}", shown):
            found[style_id] = len(shown)
    return found


def main() -> int:
    """The child: 0 and the converted copy. What the parser raises ends it, and only it."""
    source, target, rows_max = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    warnings.simplefilter("ignore")
    try:
        _convert(source, target, rows_max)
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
