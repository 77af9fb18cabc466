"""The child that reads an XLS of before 2007: memory is limited, whatever goes wrong ends only it.

python -m marketplace.foundation.legacy_spreadsheet_reader SOURCE TARGET ROWS_MAX
"""

from __future__ import annotations

import csv
import json
import resource
import sys
from datetime import time
from pathlib import Path
from typing import Any

import xlrd

from marketplace.foundation.spreadsheets import CELL_ERROR, LEGACY_HEAD, OUT_OF_MEMORY, PROTECTED

MEMORY_BYTES_MAX = 320 * 1024 * 1024
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def _convert(source: Path, target: Path, rows_max: int) -> None:
    book: Any = xlrd.open_workbook(source, on_demand=True, logfile=sys.stderr)
    sheets = [book.sheet_by_index(number) for number in range(book.nsheets)]
    visible = [sheet for sheet in sheets if sheet.visibility == 0]
    if not visible:
        raise ValueError("no sheet to be seen")
    sheet = visible[0]
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number in range(min(sheet.nrows, rows_max)):
            writer.writerow([_text(cell, book.datemode) for cell in sheet.row(number)])
    notes = [("sheet_ignored", other.name) for other in visible[1:]]
    notes += [("sheet_hidden", other.name) for other in sheets if other not in visible]
    target.with_name(target.name + ".json").write_text(json.dumps(notes), encoding="utf-8")


def _text(cell: Any, datemode: int) -> str:
    """A cell as a person reads it."""
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        whole = abs(cell.value) < 1e15 and cell.value == int(cell.value)
        return str(int(cell.value)) if whole else format(cell.value, ".15g")
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, datemode)
        shown = moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ")
        return str(shown)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return CELL_ERROR + str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    return str(cell.value)


def main() -> int:
    """The child: 0 and the converted copy. What the parser raises ends it, and only it."""
    source, target, rows_max = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    try:
        content = source.read_bytes()
        if content.startswith(LEGACY_HEAD) and _ENCRYPTED_PACKAGE in content:
            return PROTECTED
        del content
        _convert(source, target, rows_max)
    except MemoryError:
        return OUT_OF_MEMORY
    except xlrd.XLRDError as error:
        return PROTECTED if "encrypted" in str(error).lower() else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
