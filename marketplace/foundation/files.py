"""Reading tables that others wrote: encodings, dialects, ragged rows; streaming, never guessing.

Row numbers are what a person sees in a spreadsheet: the header is row 1, the first record row 2,
blank rows count, and a record with line breaks inside a cell is one row. A spreadsheet is first
converted (`spreadsheets.py`); any other format is recognised by its first bytes and refused by
name. What a download disarmed (`'=1+1`) is read as it was.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.records import numbered_records
from marketplace.foundation.spreadsheets import (
    CONVERTED,
    MARKS,
    convert_spreadsheet,
    is_archive,
    notes_of,
)
from marketplace.foundation.text import normal_form

COLUMNS_MAX = 1_000
PREAMBLE_ROWS_MAX = 50
_BLOCK = 1 << 16
_DELIMITERS = ",\t;|"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "XLSX / ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"SQLite format 3", "SQLite"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
)
_RISKY = "=+\\-@\t\r\n＝＋－＠|%"
_DISARMED = re.compile(f"'+[{_RISKY}]")
_TO_DISARM = re.compile(f"'*[{_RISKY}]")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
_NO_NAMES: Mapping[str, str] = {}
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKUP = re.compile(rb"^\s*<(?:!doctype|html|\?xml|svg)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One record. `surplus` counts cells beyond the header, `missing` cells the row lacks.

    `marks` are cells of a spreadsheet that were not plainly typed: column, code, value.
    """

    number: int
    cells: dict[str, str]
    surplus: int = 0
    missing: int = 0
    had_nul: bool = False
    marks: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table: what the header says, and the rows one by one."""

    name: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    rows: Iterator[TableRow]
    stream: io.TextIOWrapper
    """Kept here so that it lives as long as the table: letting it go would close the file."""
    header: tuple[str, ...] = ()
    """The header as it stands in the file."""
    preamble: int = 0
    """Rows above the header that were passed over."""
    notes: tuple[tuple[str, str], ...] = ()
    """What to know about a spreadsheet as a whole: code and value."""

    def unknown_columns(self, known: Sequence[str]) -> tuple[str, ...]:
        """Columns nobody asked for, in file order."""
        wanted = set(known)
        return tuple(column for column in self.columns if column and column not in wanted)


def header_name(text: str) -> str:
    """The form in which column names are compared: no case, no quotes, one kind of space."""
    return re.sub(r"[\s\-]+", "_", normal_form(text).strip("\"' "))


def file_sha256(path: Path) -> str:
    """Fingerprint of a whole file, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def prove_table(
    path: Path, *, required: Sequence[str] = (), aliases: Mapping[str, str] = _NO_NAMES
) -> int:
    """Read a whole file once, keeping nothing, so that an import never stops half way.

    Refuses what `open_table` refuses and a record that never ends; returns the number of rows.
    """
    with open_table(path, required=required, aliases=aliases) as table:
        return sum(1 for _row in table.rows)


def refuse_without_rows(count: int, name: str) -> None:
    """A header alone is refused: taken in, it would retire everything a register holds."""
    if not count:
        raise Refused(Refusal("table_without_rows", {"name": shown_name(name)}))


def shown_name(name: str) -> str:
    """The name a person gave the file, also where a converted copy is read."""
    return name.removesuffix(CONVERTED)


@contextmanager
def as_text_table(path: Path, *, rows_max: int | None = None) -> Iterator[Path]:
    """The same file if it is text; a converted copy, for as long as the block lasts, if not."""
    if path.suffix == CONVERTED or not path.is_file() or not is_archive(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="marketplace-sheet-") as folder:
        limit = {} if rows_max is None else {"rows_max": rows_max}
        yield convert_spreadsheet(path, Path(folder), **limit)


@contextmanager
def open_table(
    path: Path, *, required: Sequence[str] = (), aliases: Mapping[str, str] = _NO_NAMES
) -> Iterator[Table]:
    """Open a CSV or XLSX file for reading row by row, in bounded memory.

    Refuses with the reason: missing, empty, another format, unknown encoding, no header, a
    duplicated column, a missing required column. `aliases` are other names of columns.
    """
    if not path.is_file():
        raise Refused(Refusal("table_missing", {"name": path.name}))
    with as_text_table(path) as text, text.open("rb") as file:
        notes = tuple(notes_of(text)) if text.suffix == CONVERTED else None
        table = read_table(file, name=path.name, required=required, aliases=aliases, notes=notes)
        yield table


def read_table(
    file: BinaryIO,
    *,
    name: str,
    required: Sequence[str] = (),
    aliases: Mapping[str, str] = _NO_NAMES,
    notes: tuple[tuple[str, str], ...] | None = None,
) -> Table:
    """The same for any seekable stream of text; `notes`: of the spreadsheet it was made from."""
    name = shown_name(name)
    head = file.read(_BLOCK)
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise Refused(Refusal("table_empty", {"name": name}))
    refuse_other_formats(head, name)
    encoding = "utf-8" if notes is not None else find_encoding(file, name)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    sample = text.read(_BLOCK)
    text.seek(0)
    delimiter = "," if notes is not None else find_delimiter(sample)
    records = numbered_records(text, delimiter, name)
    header, preamble, records = _find_header(records, name, required, aliases)
    columns = _columns(header, name, required, aliases)
    rows = _rows(records, columns, is_sheet=notes is not None)
    return Table(name, encoding, delimiter, columns, rows, text, header, preamble, notes or ())


def refuse_other_formats(head: bytes, name: str) -> None:
    """A spreadsheet, an archive or a page given as CSV is named as what it is."""
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if found == "XLS" and _ENCRYPTED in head:
        raise Refused(Refusal("spreadsheet_encrypted", {"name": name}))
    if found is None and _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        found = "HTML / XML"
    if found:
        raise Refused(Refusal("table_wrong_type", {"name": name, "found": found}))


def find_encoding(file: BinaryIO, name: str) -> str:
    """The encoding of the whole file, proved by decoding all of it once."""
    file.seek(0)
    head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        candidates: tuple[str, ...] = ("utf-8-sig",)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    elif b"\x00" in head:
        raise Refused(Refusal("table_encoding_unknown", {"name": name, "position": "0"}))
    else:
        candidates = ("utf-8", "gb18030")
    position = 0
    for encoding in candidates:
        wrong_at = _first_wrong_byte(file, encoding)
        if wrong_at is None and (encoding != "gb18030" or _looks_chinese(file)):
            return encoding
        position = position or (wrong_at or 0)
    raise Refused(Refusal("table_encoding_unknown", {"name": name, "position": str(position)}))


def find_delimiter(sample: str) -> str:
    """The separator that the first line with one uses most, outside quotation marks."""
    for line in sample.splitlines()[:PREAMBLE_ROWS_MAX]:
        bare = re.sub(r'"[^"]*"', "", line)
        counts = {mark: bare.count(mark) for mark in _DELIMITERS}
        best = max(counts, key=lambda mark: counts[mark])
        if counts[best]:
            return best
    return ","


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; plain numbers stay numbers."""
    text = "" if value is None else str(value)
    if _TO_DISARM.match(text) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def armed_cell(text: str) -> str:
    """The exact opposite of `safe_cell`: what a download disarmed, as it was."""
    return text[1:] if text[:1] == "'" and _DISARMED.match(text) else text


def csv_text(header: Sequence[str], rows: Iterator[Sequence[object]]) -> Iterator[str]:
    """A CSV download, line by line: UTF-8 with BOM (Excel reads Chinese), formulas disarmed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    yield "\ufeff"
    for row in chain([header], rows):
        writer.writerow([safe_cell(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _first_wrong_byte(file: BinaryIO, encoding: str) -> int | None:
    """Where decoding fails, or nothing."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    while block := file.read(_BLOCK):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return max(done + error.start, 0)
        done += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return done
    return None


def _looks_chinese(file: BinaryIO) -> bool:
    """GB18030 decodes almost anything. Chinese text has high bytes in pairs, Latin-1 has not.

    Rare characters, as in names, are four bytes: high, digit, high, digit.
    """
    file.seek(0)
    head, rare = re.subn(rb"(?:[\x81-\xfe][0-9]){2}", b"", file.read(1 << 20))
    rest, pairs = re.subn(rb"[\xa1-\xfe]{2}", b"", head)
    return pairs + rare >= 4 * len(re.findall(rb"[\x81-\xfe][\x30-\x7e]", rest))


def _find_header(
    records: Iterator[tuple[int, list[str]]],
    name: str,
    required: Sequence[str],
    aliases: Mapping[str, str],
) -> tuple[tuple[str, ...], int, Iterator[tuple[int, list[str]]]]:
    """The header row and the records after it.

    It is the first row that is not blank, unless a later one near the top names every required
    column: lists often carry their title above the header.
    """
    seen: list[tuple[int, list[str]]] = []
    for number, cells in records:
        if any(map(str.strip, cells)):
            seen.append((number, cells))
            if set(required) <= set(_names(cells, aliases)):
                return tuple(cells), len(seen) - 1, records
        if number >= PREAMBLE_ROWS_MAX or (seen and not required):
            break
    if not seen:
        raise Refused(Refusal("table_header_missing", {"name": name}))
    return tuple(seen[0][1]), 0, chain(seen[1:], records)


def _names(cells: Sequence[str], aliases: Mapping[str, str]) -> tuple[str, ...]:
    names = (header_name(armed_cell(cell.replace("\x00", ""))) for cell in cells)
    return tuple(aliases.get(name) or aliases.get(name.replace("_", ""), name) for name in names)


def _columns(
    header: Sequence[str], name: str, required: Sequence[str], aliases: Mapping[str, str]
) -> tuple[str, ...]:
    """Column names, normalised; refuses too many, two alike, and a missing required one."""
    if len(header) > COLUMNS_MAX:
        raise Refused(Refusal("table_too_many_columns", {"name": name, "limit": COLUMNS_MAX}))
    columns = _names(header, aliases)
    counts = Counter(column for column in columns if column)
    twice = [column for column, count in counts.items() if count > 1]
    reasons = []
    if twice:
        reasons.append(
            Refusal("table_columns_duplicated", {"name": name, "columns": ", ".join(twice)})
        )
    absent = [column for column in required if column not in counts]
    if absent:
        told = ", ".join(_with_nearest(column, columns) for column in absent)
        reasons.append(Refusal("table_columns_missing", {"name": name, "columns": told}))
    if reasons:
        raise Refused(reasons)
    return columns


def _with_nearest(column: str, present: Sequence[str]) -> str:
    """`title (titel?)`: the column that is missing, and the present one that may be meant."""
    near = get_close_matches(column, present, n=1, cutoff=0.6)
    return f"{column} ({near[0]}?)" if near else column


def _rows(
    records: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], *, is_sheet: bool
) -> Iterator[TableRow]:
    """Records by column name; wholly blank rows are passed over but counted."""
    width = len(columns)
    is_named = all(columns)
    for number, cells in records:
        whole = "".join(cells)
        if not whole.strip():
            continue
        had_nul = "\x00" in whole
        if had_nul:
            cells = [cell.replace("\x00", "") for cell in cells]
        count = len(cells)
        surplus = sum(1 for cell in cells[width:] if cell.strip()) if count > width else 0
        missing = 0 if is_sheet or count >= width else width - count
        if count != width:
            cells = cells[:width] + [""] * (width - count)
        named = dict(zip(columns, cells, strict=True))
        if not is_named:
            named.pop("", None)
        marks = _unmark(named) if is_sheet else ()
        if "'" in whole:
            named = {column: armed_cell(cell) for column, cell in named.items()}
        yield TableRow(number, named, surplus, missing, had_nul, marks)


def _unmark(cells: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Take the marks of a converted sheet off its cells, and say which there were."""
    found = []
    for column, cell in cells.items():
        code = MARKS.get(cell[:1])
        if code is not None:
            cells[column] = "" if code in ("cell_error", "cell_formula_without_value") else cell[1:]
            found.append((column, code, cell[1:]))
    return tuple(found)
