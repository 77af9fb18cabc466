"""Reading the documents of a stretch of entries, fast: columns of the database, joined by Python.

The database writes out columns (`statements`): the heads of the entries (everything but their
postings), and the numbers in their postings. Names of accounts are looked up here (`naming`).
Two forms:

- **Quick** is right for books as they usually are. PostgreSQL escapes nothing and ends a text with
  a line feed; Python escapes a whole column at once, and gives up when a text has line feeds
  itself. SQLite reads postings from the first row of the first entry to the last of the last.
- **Careful** is right for all books: texts escaped as JSON by the database, postings by index.

For verifying neither needs to be trusted, because bytes that give the sealed hash are the sealed
bytes. For sealing only what is certainly the form that counts is taken (`as_defined`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

from marketplace.foundation.db import dialect_name
from marketplace.ledger.sealing import columns
from marketplace.ledger.sealing.columns import Column, put_together
from marketplace.ledger.sealing.documents import FORM
from marketplace.ledger.sealing.naming import AccountNames, account_of
from marketplace.ledger.sealing.postings import (
    Heads,
    WrittenPostings,
    documents,
)
from marketplace.ledger.sealing.reading import CannotBeWritten, ask
from marketplace.ledger.sealing.statements import FORMS, Form

_SPREAD_MAX = 4
_SPREAD_FREE = 5_000
_CONTROLS = [bytes([code]) for code in range(32) if code not in b"\n"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """The numbers of entries, as the database wrote them, and their documents in the same order."""

    entry_ids: bytes
    documents: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the database wrote of the heads of a stretch; nothing at all when it has no entries.

    On PostgreSQL `keys` and `days` are in its binary form.
    """

    keys: bytes | None
    numbers: bytes | None
    kinds: bytes
    names: bytes
    currencies: bytes
    days: bytes
    instants: bytes
    actors: bytes
    memos: bytes
    without_memo: bytes | None
    reversals: bytes


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
        booked = WrittenPostings(*ask(form.postings, within)[0])
    except CannotBeWritten:
        return None
    if not said.numbers:
        return None
    postings = booked.told(names)
    heads = _heads(said, said.numbers.split(b","), form, as_defined=as_defined)
    if heads is None or postings is None or (as_defined and not names.are_plain):
        return None
    order = None if names.are_plain else account_of
    return Stretch(heads.entry_ids, documents(heads, postings, order=order))


def _heads(said: _Said, numbers: list[bytes], form: Form, *, as_defined: bool) -> Heads | None:
    """The beginnings of the documents, unless a column tells less, or more, than there are
    entries."""
    entries = len(numbers)

    def texts(written: bytes) -> Column | None:
        inside = _inside(written, form)
        if as_defined and not _is_plain(inside):
            return None
        return columns.texts(inside, form.between, entries)

    def whole_or_null(written: bytes) -> Column | None:
        return columns.texts(written.strip(b"[]"), b",", entries)

    if said.keys:
        days = columns.days(said.days, entries)
        instants = columns.instants(said.instants, entries)
    else:
        days, instants = texts(said.days), texts(said.instants.replace(b" ", b"T"))
    memos = texts(said.memos)
    if said.without_memo and memos is not None:
        memos = _with_null(memos, numbers, set(said.without_memo.split(b",")))
    said_of_each = (
        b"[%d," % FORM, numbers, b',"', texts(said.kinds), b'","', texts(said.names), b'","',
        texts(said.currencies), b'","', days, b'","', instants, b'+00:00",',
        whole_or_null(said.actors), b"," if said.without_memo else b',"', memos,
        b"," if said.without_memo else b'",', whole_or_null(said.reversals), b",[",
    )  # fmt: skip
    told = [column for column in said_of_each if column is not None]
    if len(told) < len(said_of_each):
        return None
    return Heads(said.keys or said.numbers or b"", put_together(told))


def _with_null(memos: Column, numbers: Sequence[bytes], without: set[bytes]) -> Column:
    """Memos in quotes, but for those entries that have none."""
    each = repeat(memos) if isinstance(memos, bytes) else memos
    return [
        b"null" if number in without else b'"' + memo + b'"'
        for number, memo in zip(numbers, each, strict=False)
    ]


def _inside(written: bytes, form: Form) -> bytes:
    """What stands between the first and the last quote of a column of texts, as JSON."""
    if not form.is_json:
        return written.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    # Anything but texts has no quotes; then there are fewer texts than entries.
    return written[2:-2] if written.startswith(b'["') and written.endswith(b'"]') else b""


def _is_plain(written: bytes) -> bool:
    """Whether JSON has one way to write it: nothing escaped or to be escaped, every character a
    character."""
    try:
        written.decode()
    except UnicodeDecodeError:  # SQLite keeps what it is given
        return False
    return b"\\" not in written and not any(control in written for control in _CONTROLS)
