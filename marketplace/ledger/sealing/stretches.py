"""Reading the documents of a stretch of entries, fast: two readings in order, joined by Python.

The database writes out columns, each as one text: the heads of the entries (everything but their
postings), and the numbers in their postings. Names of accounts are looked up here (`naming`).
Two forms:

- **Quick** is right for books as they usually are. PostgreSQL escapes nothing and marks a quote
  with a control character; Python escapes a whole stretch at once, and gives up when a text has
  control characters itself. SQLite reads postings from the first row of the first entry to the
  last of the last.
- **Careful** is right for all books: texts escaped as JSON by the database, postings by index.

For verifying neither needs to be trusted, because bytes that give the sealed hash are the sealed
bytes. For sealing only what is certainly the form that counts is taken (`as_defined`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.foundation.db import dialect_name
from marketplace.ledger.sealing.documents import FORM
from marketplace.ledger.sealing.naming import AccountNames, account_of
from marketplace.ledger.sealing.reading import CannotBeWritten, ask

_SPREAD_MAX = 4
_SPREAD_FREE = 5_000
_QUOTE = b"\x01"
_CONTROLS = [bytes([code]) for code in range(32) if code not in b"\x01\n"]
_INSTANT_LENGTH = len("2026-01-01T00:00:00.000000")


@dataclass(frozen=True, slots=True)
class Form:
    """How the database writes out a stretch; unless `is_json`, Python escapes its texts."""

    heads: str
    postings: str
    is_json: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """The numbers of entries, with commas between, and their documents in the same order."""

    entry_ids: str
    documents: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the database wrote of the heads of a stretch; nothing at all when it has no entries."""

    entries: int
    memos: int
    numbers: str
    texts: str | bytes | None
    """On PostgreSQL from the kind to the day, on SQLite everything."""
    instants: str
    ends: str | None
    """What follows the instant."""


@dataclass(frozen=True, slots=True)
class _Heads:
    """Everything that the documents say before their postings, beside the numbers of entries."""

    numbers: list[bytes]
    lines: list[bytes]


@dataclass(frozen=True, slots=True)
class _Postings:
    """The columns of the postings: the entry, the beginning with the account, debit, credit."""

    entries: list[bytes]
    begun: list[bytes]
    debits: list[bytes]
    credits: list[bytes]


def forms() -> Sequence[Form]:
    """The ways this database writes out a stretch, the quick one first."""
    return FORMS[dialect_name()]


def is_spread(lowest: int, highest: int, entries: int) -> bool:
    """Whether entries stand so far apart that reading all between would be a waste: one that was
    committed late stands far below the others of its block."""
    return highest - lowest > _SPREAD_MAX * entries + _SPREAD_FREE


def read_stretch(
    form: Form, lowest: int, highest: int, *, names: AccountNames, as_defined: bool
) -> Stretch | None:
    """The documents of the entries with these numbers; none where this form cannot tell.

    `as_defined`: only if nothing in them is written in more than one way, so that they are, byte
    for byte, what `documents.entry_document` says.
    """
    within = {"lowest": lowest, "highest": highest}
    try:
        said = _Said(*ask(form.heads, within)[0])
        booked = ask(form.postings, within)[0]
    except CannotBeWritten:
        return None
    postings = _postings(*booked, names=names)
    texts, ends = _bytes(said.texts), _bytes(said.ends)
    if not form.is_json:
        texts = _escaped(texts, lines=said.entries, quotes=8 * said.entries)
        ends = _escaped(ends, lines=said.entries, quotes=2 * said.memos)
    if as_defined and not (names.are_plain and _is_plain(texts) and _is_plain(ends)):
        return None
    heads = _heads(said, texts, ends)
    if heads is None or postings is None:
        return None
    return Stretch(said.numbers, _documents(heads, postings, names))


def _heads(said: _Said, texts: bytes, ends: bytes) -> _Heads | None:
    """The beginnings of the documents, each without its last bracket; none unless every column
    tells as much as there are entries: the database leaves out what is empty."""
    if not texts:
        return None
    numbers = said.numbers.encode().split(b",")
    if dialect_name() == "sqlite":  # a line of JSON for each entry
        lines = texts[:-1].split(b"]\n")
        return _Heads(numbers, lines) if len(lines) == len(numbers) else None
    of_texts, of_ends = texts.split(b"\n"), ends.split(b"\n")
    instants = [
        instant if len(instant) == _INSTANT_LENGTH else _to_the_microsecond(instant)
        for instant in said.instants.encode()[2:-2].split(b'", "')
    ]
    if not len(numbers) == len(of_texts) == len(instants) == len(of_ends):
        return None
    form, join = b"[%d," % FORM, b"".join
    columns = zip(numbers, of_texts, instants, of_ends, strict=True)
    return _Heads(
        numbers,
        [
            join((form, number, b",", said_first, b',"', instant, b'+00:00",', said_last))
            for number, said_first, instant, said_last in columns
        ],
    )


def _to_the_microsecond(instant: bytes) -> bytes:
    """As a document writes it; PostgreSQL leaves out zeros at the end of a second."""
    whole = instant if b"." in instant else instant + b"."
    return whole.ljust(_INSTANT_LENGTH, b"0")


def _postings(number: int, *written: str | None, names: AccountNames) -> _Postings | None:
    """The columns of so many postings; none unless each column tells as much."""
    columns = [column.encode().strip(b"[]").split(b",") for column in written if column]
    if not number or [len(column) for column in columns] != [number] * 4:
        return None
    entries, accounts, debits, credits = columns
    return _Postings(entries, names.beginnings(accounts), debits, credits)


def _documents(heads: _Heads, postings: _Postings, names: AccountNames) -> list[bytes]:
    """Each head with its postings, as `documents` says an entry is written."""
    join, entries = b"".join, postings.entries
    if names.are_plain and entries[0::2] == heads.numbers == entries[1::2]:
        # Nearly always two for each.
        columns = (postings.begun, postings.debits, postings.credits)
        pairs = zip(
            heads.lines,
            *(column[0::2] for column in columns),
            *(column[1::2] for column in columns),
            strict=True,
        )
        return [
            join((head, b",[", one, debit, b",", credit, b"],", two, debit2, b",", credit2, b"]]]"))
            if one < two
            else
            join((head, b",[", two, debit2, b",", credit2, b"],", one, debit, b",", credit, b"]]]"))
            for head, one, debit, credit, two, debit2, credit2 in pairs
        ]  # fmt: skip
    lines = zip(entries, postings.begun, postings.debits, postings.credits, strict=True)
    of_entry: dict[bytes, list[bytes]] = {number: [] for number in heads.numbers}
    for entry, begun, debit, credit in lines:
        of_entry.setdefault(entry, []).append(join((begun, debit, b",", credit, b"]")))
    order = None if names.are_plain else account_of
    for own in of_entry.values():
        own.sort(key=order)
    return [
        join((head, b",[", b",".join(of_entry[number]), b"]]"))
        for number, head in zip(heads.numbers, heads.lines, strict=True)
    ]


def _is_plain(written: bytes) -> bool:
    """Whether JSON has one way to write it: nothing escaped or to be escaped, every character a
    character."""
    try:
        written.decode()
    except UnicodeDecodeError:  # SQLite keeps what it is given
        return False
    return b"\\" not in written and not any(control in written for control in _CONTROLS)


def _escaped(written: bytes, *, lines: int, quotes: int) -> bytes:
    """As JSON writes texts without control characters. Nothing at all when a text brought one that
    we would take for our mark of a quote, or for the end of a line."""
    if written.count(_QUOTE) != quotes or written.count(b"\n") != lines - 1:
        return b""
    return written.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(_QUOTE, b'"')


def _bytes(written: str | bytes | None) -> bytes:
    return written.encode() if isinstance(written, str) else bytes(written or b"")


# A line for every entry, even one of which nothing can be told: else a text elsewhere could bring
# the line that is missing.
_POSTGRESQL_HEADS = """
    SELECT count(*) AS entries, count(memo) AS memos, string_agg(id::text, ',') AS numbers,
           {opened} || string_agg(
             coalesce({kind} || {between} || {key} || {between} || {currency} || {between} || {day},
                      ''),
             {closed} || chr(10) || {opened}) || {closed} AS texts,
           json_agg(posted_at AT TIME ZONE 'UTC')::text AS instants,
           string_agg(coalesce(actor_id::text, 'null')
                      || coalesce({before} || {memo} || {after}, ',null,')
                      || coalesce(reverses_id::text, 'null'), chr(10)) AS ends
      FROM (SELECT * FROM journal_entry
             WHERE id BETWEEN :lowest AND :highest ORDER BY id) AS entry
"""
_POSTGRESQL_POSTINGS = """
    SELECT count(*) AS postings, string_agg(entry_id::text, ',') AS entries,
           string_agg(account_id::text, ',') AS accounts,
           string_agg(debit_fen::text, ',') AS debits, string_agg(credit_fen::text, ',') AS credits
      FROM (SELECT * FROM posting WHERE entry_id BETWEEN :lowest AND :highest
             ORDER BY entry_id OFFSET 0) AS posting
"""
_SQLITE_HEADS = f"""
    SELECT count(*) AS entries, 0 AS memos, group_concat(entry.id) AS numbers,
           CAST(group_concat(json_array({FORM}, entry.id, entry.kind, entry.key, entry.currency,
             entry.effective_on, replace(entry.posted_at, ' ', 'T') || '+00:00',
             entry.actor_id, entry.memo, entry.reverses_id), char(10)) AS BLOB) AS texts,
           '' AS instants, '' AS ends
      FROM journal_entry AS entry
     WHERE entry.id BETWEEN :lowest AND :highest
"""  # noqa: S608 (constants)
_SQLITE_POSTINGS = """
    SELECT (SELECT count(*) FROM posting WHERE entry_id BETWEEN :lowest AND :highest) AS postings,
           json_group_array(entry_id) AS entries, json_group_array(account_id) AS accounts,
           json_group_array(debit_fen) AS debits, json_group_array(credit_fen) AS credits
      FROM ({rows})
"""
# In order of their rows, which nearly always is that of the entries, no row is looked up. The
# count, by the index, tells when there is a posting elsewhere.
_BY_ROW = """SELECT * FROM posting
      WHERE id BETWEEN (SELECT min(id) FROM posting WHERE entry_id = :lowest)
                   AND (SELECT max(id) FROM posting WHERE entry_id = :highest)
        AND +entry_id BETWEEN :lowest AND :highest"""
_BY_ENTRY = "SELECT * FROM posting WHERE entry_id BETWEEN :lowest AND :highest ORDER BY entry_id"


def _json(column: str) -> str:
    return f"to_json({column})::text"


FORMS = {
    "postgresql": (
        Form(
            _POSTGRESQL_HEADS.format(
                opened="E'\\x01'", between="E'\\x01,\\x01'", closed="E'\\x01'",
                kind="entry.kind", key="entry.key", currency="entry.currency",
                day="entry.effective_on", before="E',\\x01'", memo="entry.memo", after="E'\\x01,'",
            ),
            _POSTGRESQL_POSTINGS,
            is_json=False,
        ),
        Form(
            _POSTGRESQL_HEADS.format(
                opened="''", between="','", closed="''",
                kind=_json("entry.kind"), key=_json("entry.key"),
                currency=_json("entry.currency"), day=_json("entry.effective_on"),
                before="','", memo=_json("entry.memo"), after="','",
            ),
            _POSTGRESQL_POSTINGS,
        ),
    ),
    "sqlite": (
        Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(rows=_BY_ROW)),
        Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(rows=_BY_ENTRY)),
    ),
}  # fmt: skip
