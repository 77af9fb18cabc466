"""Wide tables on a phone: each line becomes a card that names its values.

A table of six columns shows two of them at 360 px, and the figures people came for lie beyond the
right edge. The style sheet stacks the cells of a table marked `as-cards` there; what it needs is
the name of its column on each cell. Templates would have to say every name twice, so it is taken
from the head of the table here. Wider screens and screen readers find the same table as before.
"""

from __future__ import annotations

import re

from markupsafe import Markup

COLUMNS_FIT = 2
"""So many columns are seen together on a phone: such a table stays a table."""
_TABLE = re.compile(r'<table class="table((?:\s[^"]*)?)"')
_HEAD_CELL = re.compile(r"<th\b[^>]*>(.*?)</th>", re.S)
_TAG = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(r'<span class="visually-hidden">.*?</span>', re.S)
_PART = re.compile(r"<(tr|td|th)\b([^>]*)>")
_COLSPAN = re.compile(r'\bcolspan="(\d+)"')


def table_for_phones(table: str) -> Markup:
    """A table as HTML, its cells named; as it was when it fits, or is laid out in another way."""
    return Markup(_named(str(table)))  # noqa: S704  (HTML of a template, with its own words only)


def _named(table: str) -> str:
    kind = _TABLE.search(table)
    head, end, body = table.partition("</thead>")
    if not kind or not end or "as-cards" in kind[1] or head.count("<tr") != 1:
        return table
    if "rowspan=" in table or "colspan=" in head:
        return table
    names = [_words_of(cell) for cell in _HEAD_CELL.findall(head)]
    if len(names) <= COLUMNS_FIT:
        return table
    marked = head[: kind.end() - 1] + ' as-cards"' + head[kind.end() :]
    return marked + end + _NamedCells(names).of(body)


def _words_of(cell: str) -> str:
    """What a head says to those who see it; nothing for a column of buttons or drawings."""
    seen = _TAG.sub("", _UNSEEN.sub("", cell))
    return " ".join(seen.split()).replace('"', "&#34;")


class _NamedCells:
    """Goes through the cells of a body, counting columns."""

    def __init__(self, names: list[str]) -> None:
        self.names, self.column = names, 0

    def of(self, body: str) -> str:
        return _PART.sub(self._part, body)

    def _part(self, part: re.Match[str]) -> str:
        kind, attributes = part[1], part[2]
        if kind == "tr":
            self.column = 0
            return part[0]
        column = self.column
        spanned = _COLSPAN.search(attributes)
        self.column += int(spanned[1]) if spanned else 1
        # The first cell says what the line is about: it stands on top, as the name of the card.
        if not column or kind == "th" or spanned or not self.names[column : column + 1]:
            return part[0]
        name = self.names[column]
        return f'<{kind}{attributes} data-label="{name}">' if name else part[0]
