"""XLSX, and XLS of before 2007, as a table of texts: converted once, in a child process with a
limit on memory and time.

A spreadsheet is written by anybody; its parser is not trusted with the worker's life. The child
(`spreadsheet_reader.py`) writes an ordinary CSV, row for row as the sheet numbers them, and
beside it what a person should know. A cell that is not plainly typed begins with one of MARKS,
which the reader of tables takes off again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from marketplace.foundation.archives import refuse_hostile_workbook
from marketplace.foundation.errors import Refusal, Refused

CONVERTED = ".converted-sheet"
"""Ending of a converted copy; the reader of tables knows it by this."""
FORMULA, NO_VALUE, CELL_ERROR, MERGED = "\ue000", "\ue001", "\ue002", "\ue003"
MARKS = {
    FORMULA: "cell_formula",
    NO_VALUE: "cell_formula_without_value",
    CELL_ERROR: "cell_error",
    MERGED: "cell_merged",
}
SECONDS_MAX = 600
ROWS_MAX = 1_048_576
OUT_OF_MEMORY = 3
READER = "marketplace.foundation.spreadsheet_reader"
LEGACY_READER = "marketplace.foundation.legacy_spreadsheet_reader"
PROTECTED = 4
LEGACY_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an OLE container begins: an old workbook, but also one that a password protects."""


def is_archive(path: Path) -> bool:
    """Whether a file begins as a ZIP does, whatever it is called."""
    with path.open("rb") as file:
        return file.read(4).startswith(b"PK")


def convert_spreadsheet(path: Path, folder: Path, *, rows_max: int = ROWS_MAX) -> Path:
    """The first visible sheet of an XLSX as a table of texts in a folder of ours.

    Refuses bombs, lying sizes, macros, encryption, what is no spreadsheet, and one that cannot
    be read within the limits of memory and time.
    """
    with path.open("rb") as file:
        refuse_hostile_workbook(file, path.name)
    return _in_a_child(READER, path, folder, rows_max)


def convert_legacy_spreadsheet(path: Path, folder: Path, *, rows_max: int = ROWS_MAX) -> Path:
    """The first visible sheet of an XLS as a table of texts in a folder of ours.

    Refuses what is damaged, what a password protects, and what is too large to be read.
    """
    return _in_a_child(LEGACY_READER, path, folder, rows_max)


def _in_a_child(reader: str, path: Path, folder: Path, rows_max: int) -> Path:
    target = folder / (path.name + CONVERTED)
    command = [sys.executable, "-m", reader, str(path), str(target), str(rows_max)]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(  # noqa: S603  (our own module)
            command, cwd=root, capture_output=True, timeout=SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(Refusal("spreadsheet_too_large", {"name": path.name})) from error
    if done.returncode == PROTECTED:
        raise Refused(Refusal("spreadsheet_encrypted", {"name": path.name}))
    if done.returncode:
        # A negative code is a signal: the system ended the child for want of memory.
        is_large = done.returncode == OUT_OF_MEMORY or done.returncode < 0
        code = "spreadsheet_too_large" if is_large else "spreadsheet_broken"
        raise Refused(Refusal(code, {"name": path.name}))
    return target


def notes_of(converted: Path) -> list[tuple[str, str]]:
    """What a person should know about the sheet as a whole: code and value."""
    notes = json.loads(converted.with_name(converted.name + ".json").read_text(encoding="utf-8"))
    return [(code, value) for code, value in notes]
