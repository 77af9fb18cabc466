"""Records of a CSV text, numbered; one that never ends refuses the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from marketplace.foundation.errors import Refusal, Refused

CELL_CHARS_MAX = 200_000
"""No honest cell is longer; an unclosed quote swallows the rest of a file, and stops here."""


def numbered_records(
    text: io.TextIOWrapper, delimiter: str, name: str
) -> Iterator[tuple[int, list[str]]]:
    """Numbered records; one the parser cannot finish, or that never ends, refuses the file."""
    csv.field_size_limit(CELL_CHARS_MAX)
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
