"""The rows of a table, whatever a bank wrapped them in: CSV, XLS, XLSX, HTML or XML named .xls."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from marketplace.foundation.spreadsheets import (
    LEGACY_HEAD,
    MARKS,
    convert_legacy_spreadsheet,
    convert_spreadsheet,
    notes_of,
)

ROWS_MAX = 200_000
CELLS_MAX = 200
CELL_BREAKS_MAX = 3
DELIMITERS = (",", "\t", ";", "|", "，")
_SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_HTML = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|meta|table|div|style)\b", re.I)
_ALL_MARKS = "".join(MARKS)


@dataclass(slots=True)
class Table:
    """Rows of texts; row 1 is the first of the file, blank rows count."""

    kind: str
    rows: list[list[str]]
    notes: list[tuple[str, str]] = field(default_factory=list)
    broken_at: int | None = None
    """Row from which a quotation mark swallowed others, or that is too long to be one."""
    is_cut: bool = False


def read_tables(content: bytes) -> Iterator[Table]:
    """The ways a file can be read as a table, the likeliest first.

    A text may be read in several ways; which one is right shows when a header is found in it.
    Raises Refused for a spreadsheet that is hostile, protected or damaged.
    """
    head = content[:4096]
    if head.startswith(b"PK"):
        yield _spreadsheet(content, "xlsx")
    elif head.startswith(LEGACY_HEAD) or head[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02"):
        yield _spreadsheet(content, "xls")
    elif _SPREADSHEET_XML in head:
        yield _spreadsheet_xml(content)
    else:
        for text in texts_of(content):
            if _HTML.match(head.lstrip(b"\xef\xbb\xbf \t\r\n")):
                yield _html(text)
            else:
                yield from _separated(text)


def texts_of(content: bytes) -> Iterator[str]:
    """The text in each encoding it may be written in; a doubtful one with marks for what fails."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace").lstrip("\ufeff")
        return
    if b"\x00" in content[:200]:
        little = content[1:2] == b"\x00"
        yield content.decode("utf-16-le" if little else "utf-16-be", "replace")
        return
    plain = content.removeprefix(b"\xef\xbb\xbf")
    try:
        yield plain.decode("utf-8")
        return
    except UnicodeDecodeError:
        pass
    for encoding in ("gb18030", "big5"):
        try:
            yield plain.decode(encoding)
        except UnicodeDecodeError:
            continue
    # A few broken bytes, often a character cut in half by a column's width.
    yield plain.decode("gb18030", "replace")
    yield plain.decode("utf-8", "replace")


def _spreadsheet(content: bytes, kind: str) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"statement.{kind}"
        source.write_bytes(content)
        convert = convert_spreadsheet if kind == "xlsx" else convert_legacy_spreadsheet
        target = convert(source, Path(folder), rows_max=ROWS_MAX + 1)
        with target.open(encoding="utf-8", newline="") as file:
            rows = [[cell.lstrip(_ALL_MARKS) for cell in row] for row in csv.reader(file)]
        return _bounded(Table(kind, rows, notes_of(target)))


def _separated(text: str) -> Iterator[Table]:
    text = text.replace("\x00", "")
    sample = text[:20_000]
    marks = sorted(DELIMITERS, key=lambda mark: -sample.count(mark))
    for mark in marks:
        if mark in sample:
            yield _csv(text, mark)


def _csv(text: str, mark: str) -> Table:
    table = Table("csv", [])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        for row in islice(reader, ROWS_MAX + 1):
            table.rows.append(row[:CELLS_MAX])
            if table.broken_at is None and any(_swallowed(cell) for cell in row):
                table.broken_at = len(table.rows)
    except csv.Error:
        table.broken_at = table.broken_at or len(table.rows) + 1
    return _bounded(table)


def _swallowed(cell: str) -> bool:
    return cell.count("\n") > CELL_BREAKS_MAX


def _bounded(table: Table) -> Table:
    if len(table.rows) > ROWS_MAX:
        table.is_cut = True
        del table.rows[ROWS_MAX:]
    return table


class _TableParser(HTMLParser):
    """Rows of all tables of a page, one below the other."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._width = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._close()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._close()
            self._cell = []
            width = dict(attrs).get("colspan") or "1"
            self._width = min(int(width), 50) if width.isascii() and width.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is not None:
            if not self.rows:
                self.rows.append([])
            row = self.rows[-1]
            if len(row) < CELLS_MAX:
                row += ["".join(self._cell), *([""] * (self._width - 1))]
            self._cell = None


def _html(text: str) -> Table:
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    return _bounded(Table("html", parser.rows))


def _spreadsheet_xml(content: bytes) -> Table:
    """The first sheet of an XML Spreadsheet of 2003; raises what a damaged XML raises."""
    table = Table("xml", [])
    row: list[str] = []
    sheets = 0
    for happening, element in iterparse(
        io.BytesIO(content), events=("start", "end"), forbid_dtd=True
    ):
        tag = element.tag.rpartition("}")[2]
        if tag == "Worksheet" and happening == "start":
            sheets += 1
        if sheets != 1 or happening == "start":
            continue
        if tag == "Cell":
            row += [""] * (_index(element, CELLS_MAX) - 1 - len(row))
            row.append("".join(element.itertext()))
        elif tag == "Row":
            table.rows += [[] for _ in range(_index(element, ROWS_MAX) - 1 - len(table.rows))]
            table.rows.append(row[:CELLS_MAX])
            row = []
            element.clear()
            if len(table.rows) > ROWS_MAX:
                break
    return _bounded(table)


def _index(element: Element, limit: int) -> int:
    """Where a row or cell stands when blank ones before it were left out."""
    for name, value in element.attrib.items():
        if name.rpartition("}")[2] == "Index" and value.isascii() and value.isdigit():
            return min(int(value), limit)
    return 0
