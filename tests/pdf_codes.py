"""The square codes drawn in a PDF of ours, module by module."""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator

import segno

Code = frozenset[tuple[int, int]]
"""The dark modules: column and row, from the upper left one."""
BORDER = 2
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
DRAWING = re.compile(rb"0 0 m\n((?:\d+ \d+\.5 m\n\d+ \d+\.5 l\n)+)")
STROKE = re.compile(rb"(\d+) (\d+)\.5 m\n(\d+) \d+\.5 l\n")


def codes_in(pdf_file: bytes) -> list[Code]:
    """Every code of the file, as its strokes are drawn: half a module down, a row at a time."""
    return [
        frozenset(
            (column - BORDER, int(row) - BORDER)
            for first, row, last in STROKE.findall(drawing)
            for column in range(int(first), int(last))
        )
        for page in _unpacked(pdf_file)
        for drawing in DRAWING.findall(page)
    ]


def code_of(address: str) -> Code:
    """What a camera must see to be led to an address."""
    rows = segno.make(address, error="m", micro=False).matrix
    return frozenset((x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)


def _unpacked(pdf_file: bytes) -> Iterator[bytes]:
    for packed in STREAM.findall(pdf_file):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(packed)
