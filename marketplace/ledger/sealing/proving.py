"""Recomputing whole blocks from the journal, fast: three readings in order, joined by Python.

For a stretch of blocks the database writes out, each as one text: the leaves as stored, the heads
of the entries (everything but their postings) and the postings, one a line. Python puts the lines
together and hashes them. Nothing is believed: bytes that give the sealed hash are the sealed
bytes, whoever wrote them, and where they do not the block is read again, at last entry by entry
in the form that counts (`stored`, `verify`).

Two forms, tried one after the other:

- **Quick** is right for texts as they usually are. PostgreSQL escapes nothing and marks a quote
  with a control character; Python escapes a whole stretch at once, and gives up when a text has
  control characters itself. Postings are sorted as lines, which is the order of the accounts
  unless a code has an odd character.
- **Careful** is right for every text: escaped as JSON by the database, sorted by account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation.db import db, dialect_name
from marketplace.ledger.sealing.documents import FORM
from marketplace.ledger.sealing.merkle import leaf_hashes, root_hash

SPREAD_MAX = 4
"""Numbers that are spread wider than so many times their count are not read as one stretch."""
SPREAD_FREE = 5_000
_QUOTE = b"\x01"
_CONTROLS = [bytes([code]) for code in range(32) if code not in b"\x01\n"]
Within = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ProvedBlock:
    """A block whose leaves are what its entries say now; without a root it has to be read again."""

    height: int
    entries: int
    root: str | None


@dataclass(frozen=True, slots=True)
class _Leaves:
    """The leaves of a block as stored: their places, the numbers of their entries, their bytes."""

    height: int
    entries: int
    first_place: int
    last_place: int
    lowest: int
    highest: int
    entry_ids: str
    leaves: bytes


@dataclass(frozen=True, slots=True)
class _Form:
    """How the database writes out a stretch; a quick one leaves the rest to Python."""

    heads: str
    postings: str
    quick: bool


@dataclass(frozen=True, slots=True)
class _Lines:
    """What the database wrote out, line by line, each beside the number of its entry."""

    numbers: list[bytes]
    lines: list[bytes]


def prove_blocks(first: int, last: int) -> list[ProvedBlock]:
    """Recompute the blocks of these heights from the journal; a block without leaves is missing."""
    rows = db.session.execute(text(_LEAVES[dialect_name()]), {"first": first, "last": last}).all()
    blocks = [_Leaves(*row) for row in rows]
    if not blocks:
        return []
    lowest = min(block.lowest for block in blocks)
    highest = max(block.highest for block in blocks)
    entries = sum(block.entries for block in blocks)
    if highest - lowest > SPREAD_MAX * entries + SPREAD_FREE:
        # An entry that was committed late stands among much later ones.
        if len(blocks) == 1:
            return [ProvedBlock(first, entries, None)]
        return [found for block in blocks for found in prove_blocks(block.height, block.height)]
    proved: list[ProvedBlock] = []
    for form in _FORMS[dialect_name()]:
        try:
            hashes = _hashes(form, {"lowest": lowest, "highest": highest})
        except DBAPIError:
            if dialect_name() == "postgresql":
                raise
            return []  # something nobody could have sealed, as bytes for a text: read one by one
        proved = list(_proved(blocks, *hashes))
        if all(block.root for block in proved):
            break
    return proved


def _proved(
    blocks: Sequence[_Leaves], entry_ids: str, hashes: Sequence[bytes]
) -> Iterator[ProvedBlock]:
    """Each block beside what its entries say: the stored leaves, and the root over them."""
    in_order = ",".join(block.entry_ids for block in blocks) == entry_ids
    found = {} if in_order else dict(zip(entry_ids.split(","), hashes, strict=False))
    at = 0
    for block in blocks:
        if in_order:
            own = hashes[at : at + block.entries]
            at += block.entries
        else:
            own = [found.get(number, b"") for number in block.entry_ids.split(",")]
        is_placed = (block.first_place, block.last_place) == (0, block.entries - 1)
        is_sealed = is_placed and b"".join(own) == bytes(block.leaves)
        root = root_hash(own).hex() if is_sealed and len(own) == block.entries else None
        yield ProvedBlock(block.height, block.entries, root)


def _hashes(form: _Form, within: Within) -> tuple[str, list[bytes]]:
    """The numbers of the entries of a stretch and the hash of each; none if it cannot be told."""
    heads = db.session.execute(text(form.heads), within).one()
    postings = db.session.execute(text(form.postings), within).one()
    if not heads.lines or not postings.lines:
        return "", []
    said, booked = _bytes(heads.lines), _bytes(postings.lines)
    if form.quick and dialect_name() == "postgresql":
        if not _has_only_our_marks(said, heads.entries, 10 * heads.entries + 2 * heads.memos):
            return "", []
        if not _has_only_our_marks(booked, postings.postings, 2 * postings.postings):
            return "", []
        said, booked = _escaped(said), _escaped(booked)
    documents = _documents(
        _Lines(heads.numbers.encode().split(b","), said.split(b"\n")),
        _Lines(postings.numbers.encode().split(b","), booked.split(b"\n")),
        quick=form.quick,
    )
    return heads.numbers, leaf_hashes(documents)


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


def _has_only_our_marks(written: bytes, lines: int, quotes: int) -> bool:
    """Whether no text brought a control character of its own, which we would take for ours."""
    return (
        written.count(_QUOTE) == quotes
        and written.count(b"\n") == lines - 1
        and not any(control in written for control in _CONTROLS)
    )


def _escaped(written: bytes) -> bytes:
    """As JSON writes texts without control characters."""
    return written.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(_QUOTE, b'"')


def _bytes(written: str | bytes) -> bytes:
    return written.encode() if isinstance(written, str) else bytes(written)


_LEAVES_OF = """
    SELECT height, count(*), min(position), max(position), min(entry_id), max(entry_id),
           {numbers}, {leaves}
      FROM {leaf} GROUP BY height ORDER BY height
"""
_LEAVES = {
    "postgresql": _LEAVES_OF.format(
        numbers="string_agg(entry_id::text, ',')",
        leaves="string_agg(leaf, '')",
        leaf="(SELECT * FROM seal_leaf WHERE height BETWEEN :first AND :last"
        "  ORDER BY height, position) AS leaf",
    ),
    # The index by height and place is followed, so the places come in their order.
    "sqlite": _LEAVES_OF.format(
        numbers="group_concat(entry_id)",
        leaves="CAST(group_concat(leaf, '') AS BLOB)",
        leaf="seal_leaf WHERE height BETWEEN :first AND :last",
    ),
}

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


_FORMS = {
    "postgresql": (
        _Form(
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
        _Form(
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
        _Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(lines=_BY_ROW), quick=True),
        _Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(lines=_BY_ACCOUNT), quick=False),
    ),
}  # fmt: skip
