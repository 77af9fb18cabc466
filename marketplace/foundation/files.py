"""Reading tables that others wrote: encodings, dialects, ragged rows; streaming, never guessing.

Row numbers are what a person sees in a spreadsheet: the header is row 1, the first record row 2,
blank rows count, and a record with line breaks inside a cell is one row. Only CSV is read; another
format is recognised by its first bytes and refused by name, and would get its own `read_…` here.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import normal_form

CELL_CHARS_MAX = 200_000
"""No honest cell is longer; an unclosed quote swallows the rest of a file, and stops here."""
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
_MARKUP = re.compile(rb"^\s*<(?:!doctype|html|\?xml|svg)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One record. `surplus` counts cells beyond the header, `missing` cells the row lacks."""

    number: int
    cells: dict[str, str]
    surplus: int = 0
    missing: int = 0
    had_nul: bool = False


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


def prove_table(path: Path, *, required: Sequence[str] = ()) -> int:
    """Read a whole file once, keeping nothing, so that an import never stops half way.

    Refuses what `open_table` refuses and a record that never ends; returns the number of rows.
    """
    with open_table(path, required=required) as table:
        return sum(1 for _row in table.rows)


def refuse_without_rows(count: int, name: str) -> None:
    """A header alone is refused: taken in, it would retire everything a register holds."""
    if not count:
        raise Refused(Refusal("table_without_rows", {"name": name}))


@contextmanager
def open_table(path: Path, *, required: Sequence[str] = ()) -> Iterator[Table]:
    """Open a CSV file for reading row by row, in bounded memory.

    Refuses with the reason: missing, empty, another format, unknown encoding, no header, a
    duplicated column, a missing required column.
    """
    if not path.is_file():
        raise Refused(Refusal("table_missing", {"name": path.name}))
    with path.open("rb") as file:
        table = read_table(file, name=path.name, required=required)
        yield table


def read_table(file: BinaryIO, *, name: str, required: Sequence[str] = ()) -> Table:
    """The same for any seekable stream of bytes."""
    head = file.read(_BLOCK)
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise Refused(Refusal("table_empty", {"name": name}))
    refuse_other_formats(head, name)
    encoding = find_encoding(file, name)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    sample = text.read(_BLOCK)
    text.seek(0)
    delimiter = find_delimiter(sample)
    csv.field_size_limit(CELL_CHARS_MAX)
    records = _records(text, delimiter, name)
    columns = _header(records, name, required)
    return Table(name, encoding, delimiter, columns, _rows(records, columns), text)


def refuse_other_formats(head: bytes, name: str) -> None:
    """A spreadsheet, an archive or a page given as CSV is named as what it is."""
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
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
    risky = text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
    if risky and not re.fullmatch(r"[-+]?\d+(\.\d+)?", text):
        return "'" + text
    return text


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
    """GB18030 decodes almost anything. Chinese text has high bytes in pairs, Latin-1 has not."""
    file.seek(0)
    head = file.read(1 << 20)
    pairs = len(re.findall(rb"[\xa1-\xfe]{2}", head))
    lone = len(re.findall(rb"[\x81-\xfe][\x30-\x7e]", re.sub(rb"[\xa1-\xfe]{2}", b"", head)))
    return pairs >= 4 * lone


class _Lines:
    """Lines of a text; those of the present record are kept, to see whether it ever ended."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text = text
        self.kept: list[str] = []
        self.is_over = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = next(self.text)
        except StopIteration:
            self.is_over = True
            raise
        self.kept.append(line)
        return line


def _records(text: io.TextIOWrapper, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered records; one the parser cannot finish, or that never ends, refuses the file."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        lines.kept.clear()
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refused(Refusal("table_broken", {"name": name, "row": number})) from error
        if lines.is_over and _never_ends(lines.kept, delimiter):
            raise Refused(Refusal("table_broken", {"name": name, "row": number}))
        yield number, record


def _never_ends(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a quotation mark is still open at the end: one more line would be swallowed."""
    whole = [*lines[:-1], lines[-1].rstrip("\r\n") + "\n", "next"]
    return len(list(csv.reader(whole, delimiter=delimiter))) == 1


def _header(
    records: Iterator[tuple[int, list[str]]], name: str, required: Sequence[str]
) -> tuple[str, ...]:
    """Column names, normalised; blank rows before the header are skipped."""
    cells = next((cells for _number, cells in records if any(map(str.strip, cells))), None)
    if cells is None:
        raise Refused(Refusal("table_header_missing", {"name": name}))
    if len(cells) > COLUMNS_MAX:
        raise Refused(Refusal("table_too_many_columns", {"name": name, "limit": COLUMNS_MAX}))
    columns = tuple(header_name(cell.replace("\x00", "")) for cell in cells)
    counts = Counter(column for column in columns if column)
    twice = [column for column, count in counts.items() if count > 1]
    reasons = []
    if twice:
        reasons.append(
            Refusal("table_columns_duplicated", {"name": name, "columns": ", ".join(twice)})
        )
    absent = [column for column in required if column not in counts]
    if absent:
        reasons.append(
            Refusal("table_columns_missing", {"name": name, "columns": ", ".join(absent)})
        )
    if reasons:
        raise Refused(reasons)
    return columns


def _rows(records: Iterator[tuple[int, list[str]]], columns: tuple[str, ...]) -> Iterator[TableRow]:
    """Records by column name; wholly blank rows are passed over but counted."""
    width = len(columns)
    for number, cells in records:
        if not any(map(str.strip, cells)):
            continue
        had_nul = any("\x00" in cell for cell in cells)
        if had_nul:
            cells = [cell.replace("\x00", "") for cell in cells]
        surplus = sum(1 for cell in cells[width:] if cell.strip())
        missing = max(width - len(cells), 0)
        padded = cells[:width] + [""] * missing
        named = {column: cell for column, cell in zip(columns, padded, strict=True) if column}
        yield TableRow(number, named, surplus, missing, had_nul)
