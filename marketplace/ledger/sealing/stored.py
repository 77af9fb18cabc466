"""Entries as text, straight from the database: for sealing, and for telling which one differs.

The database writes out days, instants and postings, and Python puts the document together: the
form that counts. `stretches` reads several times faster. Verifying falls back to this form where
a hash is not found, sealing where it is not certain that both forms say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, text

from marketplace.foundation.db import db, dialect_name
from marketplace.ledger.models import SealBlock, SealLeaf
from marketplace.ledger.sealing.documents import document_of_stored
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.reading import numbers_of
from marketplace.ledger.sealing.stretches import forms, is_spread, read_stretch

ROWS_AT_ONCE = 5_000
LATE_WITHIN = timedelta(hours=1)
"""No transaction that books is open for so long: each is one request, or one chunk of a job."""


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf as stored, beside the bytes its entry says now; none when the entry is gone."""

    entry_id: int
    position: int
    leaf: bytes
    document: bytes | None


def list_unsealed_documents(
    limit: int, *, everywhere: bool = False, names: AccountNames | None = None
) -> list[tuple[int, bytes]]:
    """Entries that no block holds, with their bytes, in order of their numbers.

    First those above everything that is sealed. On PostgreSQL numbers are drawn before they are
    committed, so an entry may turn up below; when there is nothing above, such are searched, once
    for a run instead of once for a block: `everywhere`, or down to what had been sealed an hour
    (`LATE_WITHIN`) before the newest block, so that a run does not cost more as the books grow.
    """
    for which, asked in (
        (_ABOVE, {}),
        (_LATE, {"above": 0 if everywhere else _find_number_before_late()}),
    ):
        within = {"limit": limit, **asked}
        numbers = db.session.scalars(text(_NUMBERS.format(which=which)), within).all()
        if not numbers:
            continue
        if documents := _plain_documents(numbers, names or AccountNames()):
            return documents
        statement = text(_UNSEALED[dialect_name()].format(which=which))
        rows = db.session.execute(statement, within).all()
        return [(row[0], document_of_stored(*row)) for row in rows]
    return []


def _plain_documents(numbers: Sequence[int], names: AccountNames) -> list[tuple[int, bytes]]:
    """The documents of these entries by the quick way; none unless it is certain that they are
    what `document_of_stored` says, which is nearly always."""
    if is_spread(numbers[0], numbers[-1], len(numbers)):
        return []
    stretch = read_stretch(forms()[0], numbers[0], numbers[-1], names=names, as_defined=True)
    if stretch is None:
        return []
    found = dict(zip(numbers_of(stretch.entry_ids), stretch.documents, strict=True))
    return [(number, found[number]) for number in numbers]


def _find_number_before_late() -> int:
    """The highest number in the last block sealed longer than `LATE_WITHIN` before the newest; 0
    when there is none.

    Who had drawn a number below it was still booking when that block was sealed, and had ended
    `LATE_WITHIN` later; the first run after that searched down to it, as no block lay between.
    """
    newest = db.session.scalar(
        select(SealBlock.sealed_at).order_by(SealBlock.height.desc()).limit(1)
    )
    if newest is None:
        return 0
    before = db.session.execute(
        select(SealBlock.height, SealBlock.entries)
        .where(SealBlock.sealed_at < newest - LATE_WITHIN)
        .order_by(SealBlock.height.desc())
        .limit(1)
    ).first()
    if before is None:
        return 0
    # As the list it is: asked for the highest alone, PostgreSQL walks down all leaves since.
    leaves = (
        select(SealLeaf.entry_id)
        .where(SealLeaf.height == before.height)
        .order_by(SealLeaf.position)
        .limit(before.entries)
        .subquery()
    )
    return db.session.scalar(select(func.max(leaves.c.entry_id))) or 0


def each_stored_leaf(height: int) -> Iterator[StoredLeaf]:
    """The leaves of a block beside the bytes of their entries, one by one."""
    statement = text(_STORED[dialect_name()]).execution_options(stream_results=True)
    result = db.session.execute(statement, {"height": height})
    for rows in result.partitions(ROWS_AT_ONCE):
        for position, leaf, entry_id, found, *said in rows:
            document = None if found is None else document_of_stored(found, *said)
            yield StoredLeaf(entry_id, position, bytes(leaf), document)


_SAID = """entry.id, entry.kind, entry.key, entry.currency, {day}, {instant}, entry.actor_id,
           entry.memo, entry.reverses_id,
           (SELECT {postings} FROM posting
              LEFT JOIN account ON account.id = posting.account_id
             WHERE posting.entry_id = entry.id)"""
_LEAVES = f"""
    SELECT leaf.position, leaf.leaf, leaf.entry_id, {_SAID}
      FROM seal_leaf AS leaf LEFT JOIN journal_entry AS entry ON entry.id = leaf.entry_id
     WHERE leaf.height = :height
     ORDER BY leaf.position
"""  # noqa: S608 (constants)
_ENTRIES = f"""
    SELECT {_SAID} FROM journal_entry AS entry WHERE {{{{which}}}} ORDER BY entry.id LIMIT :limit
"""  # noqa: S608 (constants)
_NUMBERS = "SELECT entry.id FROM journal_entry AS entry WHERE {which} ORDER BY 1 LIMIT :limit"
_ABOVE = "entry.id > (SELECT coalesce(max(entry_id), 0) FROM seal_leaf)"
_LATE = """entry.id > :above AND NOT EXISTS (
             SELECT 1 FROM seal_leaf
              WHERE seal_leaf.entry_id = entry.id AND seal_leaf.entry_id > :above)"""
# A posting whose account is gone is a posting all the same.
_WRITTEN = {
    "postgresql": {
        "day": "entry.effective_on::text",
        "instant": "to_char(entry.posted_at AT TIME ZONE 'UTC', "
        '\'YYYY-MM-DD"T"HH24\\:MI\\:SS.US"+00\\:00"\')',
        "postings": "coalesce(json_agg(json_build_array("
        "coalesce(account.code, ''), posting.debit_fen, posting.credit_fen)), '[]')::text",
    },
    # Instants are kept as text in UTC, always with six places of a second.
    "sqlite": {
        "day": "entry.effective_on",
        "instant": "replace(entry.posted_at, ' ', 'T') || '+00\\:00'",
        "postings": "json_group_array(json_array("
        "coalesce(account.code, ''), posting.debit_fen, posting.credit_fen))",
    },
}
_STORED = {name: _LEAVES.format(**written) for name, written in _WRITTEN.items()}
_UNSEALED = {name: _ENTRIES.format(**written) for name, written in _WRITTEN.items()}
