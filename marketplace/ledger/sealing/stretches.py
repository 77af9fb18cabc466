"""Reading the documents of a stretch of entries, fast: two readings in order, joined by Python.

The database writes out, each as one text, the heads of the entries (everything but their
postings) and the postings, one a line; Python puts the lines together. Two forms:

- **Quick** is right for texts as they usually are. PostgreSQL escapes nothing and marks a quote
  with a control character; Python escapes a whole stretch at once, and gives up when a text has
  control characters itself. Postings are sorted as lines, which is the order of the accounts
  unless a code has an odd character.
- **Careful** is right for every text: escaped as JSON by the database, sorted by account.

For verifying neither needs to be trusted, because bytes that give the sealed hash are the sealed
bytes. For sealing only what is certainly the form that counts is taken (`as_defined`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation.db import db, dialect_name
from marketplace.ledger.sealing.documents import FORM

_SPREAD_MAX = 4
_SPREAD_FREE = 5_000
_QUOTE = b"\x01"
_CONTROLS = [bytes([code]) for code in range(32) if code not in b"\x01\n"]


@dataclass(frozen=True, slots=True)
class Form:
    """How the database writes out a stretch; a quick one leaves the rest to Python."""

    heads: str
    postings: str
    quick: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """The numbers of entries, with commas between, and their documents in the same order."""

    entry_ids: str
    documents: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class _Lines:
    """What the database wrote out, line by line, each beside the number of its entry."""

    numbers: list[bytes]
    lines: list[bytes]

    @property
    def is_whole(self) -> bool:
        """Not so where nothing could be told, or a column is empty that must not be: the database
        leaves out that line."""
        return len(self.numbers) == len(self.lines) and self.lines != [b""]


def forms() -> Sequence[Form]:
    """The ways this database writes out a stretch, the quick one first."""
    return FORMS[dialect_name()]


def is_spread(lowest: int, highest: int, entries: int) -> bool:
    """Whether entries stand so far apart that reading all between would be a waste: one that was
    committed late stands far below the others of its block."""
    return highest - lowest > _SPREAD_MAX * entries + _SPREAD_FREE


def read_stretch(form: Form, lowest: int, highest: int, *, as_defined: bool) -> Stretch | None:
    """The documents of the entries with these numbers; none where this form cannot tell.

    `as_defined`: only if nothing in them is written in more than one way, so that they are, byte
    for byte, what `documents.entry_document` says.
    """
    within = {"lowest": lowest, "highest": highest}
    try:
        heads = db.session.execute(text(form.heads), within).one()
        postings = db.session.execute(text(form.postings), within).one()
    except DBAPIError:
        if dialect_name() == "postgresql":
            raise
        return None  # something nobody could have booked, as bytes for a text
    if not heads.lines or not postings.lines:
        return None
    said, booked = _bytes(heads.lines), _bytes(postings.lines)
    if form.quick and dialect_name() == "postgresql":
        quotes = 10 * heads.entries + 2 * heads.memos
        said = _escaped(said, lines=heads.entries, quotes=quotes)
        booked = _escaped(booked, lines=postings.postings, quotes=2 * postings.postings)
    if as_defined and not _is_plain(said, booked):
        return None
    of_heads = _Lines(heads.numbers.encode().split(b","), said.split(b"\n"))
    of_postings = _Lines(postings.numbers.encode().split(b","), booked.split(b"\n"))
    if not of_heads.is_whole or not of_postings.is_whole:
        return None
    return Stretch(heads.numbers, _documents(of_heads, of_postings, quick=form.quick))


def _documents(heads: _Lines, postings: _Lines, *, quick: bool) -> list[bytes]:
    """Each head with its postings, as `documents` says an entry is written."""
    form, join = b"[%d," % FORM, b"".join
    numbers, lines = heads.numbers, postings.lines
    if quick and postings.numbers[0::2] == numbers == postings.numbers[1::2]:
        # Nearly always two for each.
        pairs = zip(numbers, heads.lines, lines[0::2], lines[1::2], strict=True)
        return [
            join((form, number, b",", head, b",[", one, b",", other, b"]]"))
            if one < other
            else join((form, number, b",", head, b",[", other, b",", one, b"]]"))
            for number, head, one, other in pairs
        ]
    of_entry: dict[bytes, list[bytes]] = {number: [] for number in numbers}
    for number, line in zip(postings.numbers, lines, strict=True):
        of_entry.setdefault(number, []).append(line)
    if quick:
        for own in of_entry.values():
            own.sort()
    return [
        join((form, number, b",", head, b",[", b",".join(of_entry[number]), b"]]"))
        for number, head in zip(numbers, heads.lines, strict=True)
    ]


def _is_plain(said: bytes, booked: bytes) -> bool:
    """Whether JSON has one way to write it: nothing escaped, every character a character; and no
    code with what sorts before the quote that ends a code in a line."""
    if b"\\" in said or any(odd in booked for odd in (b"\\", b" ", b"!")):
        return False
    try:
        said.decode()
        booked.decode()
    except UnicodeDecodeError:  # SQLite keeps what it is given
        return False
    return True


def _escaped(written: bytes, *, lines: int, quotes: int) -> bytes:
    """As JSON writes texts without control characters. Nothing at all when a text brought one of
    its own: we would take it for our mark of a quote, or for the end of a line."""
    is_ours = (
        written.count(_QUOTE) == quotes
        and written.count(b"\n") == lines - 1
        and not any(control in written for control in _CONTROLS)
    )
    if not is_ours:
        return b""
    return written.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(_QUOTE, b'"')


def _bytes(written: str | bytes) -> bytes:
    return written.encode() if isinstance(written, str) else bytes(written)


_INSTANT = """to_char(entry.posted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24\\:MI\\:SS.US')"""
_POSTGRESQL_HEADS = """
    SELECT count(*) AS entries, count(memo) AS memos, string_agg(id::text, ',') AS numbers,
           {opened} || string_agg(line, chr(10) || {opened}) AS lines
      FROM (SELECT entry.id, entry.memo, concat_ws({between},
                     {kind}, {key}, {currency}, {day},
                     {instant} || coalesce(entry.actor_id::text, 'null')
                       || coalesce({before} || {memo} || {after}, ',null,')
                       || coalesce(entry.reverses_id::text, 'null')) AS line
              FROM journal_entry AS entry
             WHERE entry.id BETWEEN :lowest AND :highest ORDER BY entry.id) AS head
"""
_POSTGRESQL_POSTINGS = """
    SELECT count(*) AS postings, string_agg(entry_id::text, ',') AS numbers,
           {opened} || string_agg(CASE WHEN credit_fen = 0 THEN {code} || debit_fen || ',0'
                                       ELSE {code} || debit_fen || ',' || credit_fen END,
                                  E']\n' || {opened}) || ']' AS lines
      FROM {posting}
"""
_IN_ORDER_OF_ENTRIES = """(SELECT * FROM posting WHERE entry_id BETWEEN :lowest AND :highest
                            ORDER BY entry_id OFFSET 0) AS posting
      JOIN account ON account.id = posting.account_id"""
_IN_ORDER_OF_ACCOUNTS = """(SELECT * FROM posting JOIN account ON account.id = posting.account_id
                            WHERE entry_id BETWEEN :lowest AND :highest
                            ORDER BY entry_id, code COLLATE "C") AS posting"""
_SQLITE_HEADS = """
    SELECT count(*) AS entries, group_concat(entry.id) AS numbers,
           CAST(group_concat(trim(json_array(entry.kind, entry.key, entry.currency,
             entry.effective_on, replace(entry.posted_at, ' ', 'T') || '+00\\:00',
             entry.actor_id, entry.memo, entry.reverses_id), '[]'), char(10)) AS BLOB) AS lines
      FROM journal_entry AS entry
     WHERE entry.id BETWEEN :lowest AND :highest
"""
_SQLITE_POSTINGS = """
    SELECT count(*) AS postings, group_concat(entry_id) AS numbers,
           CAST(group_concat(line, char(10)) AS BLOB) AS lines
      FROM ({lines})
"""
_SQLITE_LINES = "SELECT entry_id, json_array(code, debit_fen, credit_fen) AS line"
# In order of their rows, which nearly always is that of the entries, nothing is looked up: the
# index only tells between which rows they stand.
_BY_ROW = f"""
    {_SQLITE_LINES}
      FROM (SELECT min(id) AS first, max(id) AS last FROM posting
             WHERE entry_id BETWEEN :lowest AND :highest) AS span
     CROSS JOIN posting ON posting.id BETWEEN span.first AND span.last
     CROSS JOIN account ON account.id = posting.account_id
     WHERE +posting.entry_id BETWEEN :lowest AND :highest
"""  # noqa: S608 (constants)
_BY_ACCOUNT = f"""
    {_SQLITE_LINES}
      FROM posting JOIN account ON account.id = posting.account_id
     WHERE entry_id BETWEEN :lowest AND :highest ORDER BY entry_id, code
"""


def _json(value: str) -> str:
    return f"to_json({value})::text"


FORMS = {
    "postgresql": (
        Form(
            _POSTGRESQL_HEADS.format(
                opened="E'\\x01'", between="E'\\x01,\\x01'", before="E',\\x01'", after="E'\\x01,'",
                kind="entry.kind", key="entry.key", currency="entry.currency",
                day="entry.effective_on", instant=_INSTANT + " || E'+00\\:00\\x01,'",
                memo="entry.memo",
            ),
            _POSTGRESQL_POSTINGS.format(
                opened="E'[\\x01'", code="code || E'\\x01,'", posting=_IN_ORDER_OF_ENTRIES
            ),
            quick=True,
        ),
        Form(
            _POSTGRESQL_HEADS.format(
                opened="''", between="','", before="','", after="','",
                kind=_json("entry.kind"), key=_json("entry.key"),
                currency=_json("entry.currency"), day=_json("entry.effective_on"),
                instant=_json(f"{_INSTANT} || '+00\\:00'") + " || ','",
                memo=_json("entry.memo"),
            ),
            _POSTGRESQL_POSTINGS.format(
                opened="'['", code=_json("code") + " || ','", posting=_IN_ORDER_OF_ACCOUNTS
            ),
            quick=False,
        ),
    ),
    "sqlite": (
        Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(lines=_BY_ROW), quick=True),
        Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(lines=_BY_ACCOUNT), quick=False),
    ),
}  # fmt: skip
