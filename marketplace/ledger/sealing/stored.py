"""Entries as text, straight from the database: for sealing and verifying very many.

Two ways to the same bytes. `list_unsealed_documents` and `each_stored_leaf` have the database
write out days, instants and postings and Python put the document together: the form that counts.
`prove_blocks` has the database put whole documents together, a block a row, so that Python only
hashes: several times faster. It needs no trust: bytes that give the sealed hash are the sealed
bytes. Where they do not, be it that a database writes a text in another way, the block is read
again in the form that counts (`verify`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from marketplace.foundation.db import db, dialect_name
from marketplace.ledger.models import SealBlock, SealLeaf
from marketplace.ledger.sealing.documents import document_of_stored
from marketplace.ledger.sealing.merkle import leaf_hashes, root_hash

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


@dataclass(frozen=True, slots=True)
class ProvedBlock:
    """A block whose leaves are what its entries say now; without a root it has to be read again."""

    height: int
    entries: int
    root: str | None


def list_unsealed_documents(limit: int, *, everywhere: bool = False) -> list[tuple[int, bytes]]:
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
        statement = text(_UNSEALED[dialect_name()].format(which=which))
        if rows := db.session.execute(statement, {"limit": limit, **asked}).all():
            return [(row[0], document_of_stored(*row)) for row in rows]
    return []


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
    before = (
        select(SealBlock.height)
        .where(SealBlock.sealed_at < newest - LATE_WITHIN)
        .order_by(SealBlock.height.desc())
        .limit(1)
    )
    found = select(func.max(SealLeaf.entry_id)).where(SealLeaf.height == before.scalar_subquery())
    return db.session.scalar(found) or 0


def each_stored_leaf(height: int) -> Iterator[StoredLeaf]:
    """The leaves of a block beside the bytes of their entries, one by one."""
    statement = text(_STORED[dialect_name()]).execution_options(stream_results=True)
    result = db.session.execute(statement, {"height": height})
    for rows in result.partitions(ROWS_AT_ONCE):
        for position, leaf, entry_id, found, *said in rows:
            document = None if found is None else document_of_stored(found, *said)
            yield StoredLeaf(entry_id, position, bytes(leaf), document)


def prove_blocks(first: int, last: int) -> list[ProvedBlock]:
    """Recompute the blocks of these heights from the journal, in one statement."""
    within = {"first": first, "last": last}
    if dialect_name() == "postgresql":
        within |= db.session.execute(_NUMBERS, within).one()._asdict()
    try:
        rows = db.session.execute(text(_BLOCKS[dialect_name()]), within).all()
    except DBAPIError:
        if dialect_name() == "postgresql":
            raise
        return []  # something nobody could have sealed, as bytes for a text: read one by one
    return [_proved(*row) for row in rows]


def _proved(
    height: int, entries: int, lowest: int, highest: int, documents: Any, leaves: bytes
) -> ProvedBlock:
    content = documents.encode() if isinstance(documents, str) else bytes(documents)
    hashes = leaf_hashes(content)
    is_sealed = (lowest, highest, len(hashes)) == (0, entries - 1, entries)
    if is_sealed and b"".join(hashes) == bytes(leaves):
        return ProvedBlock(height, entries, root_hash(hashes).hex())
    return ProvedBlock(height, entries, None)


_SAID = """entry.id, entry.kind, entry.key, entry.currency, {day}, {instant}, entry.actor_id,
           entry.memo, entry.reverses_id,
           (SELECT {postings} FROM posting
              JOIN account ON account.id = posting.account_id
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
_ABOVE = "entry.id > (SELECT coalesce(max(entry_id), 0) FROM seal_leaf)"
_LATE = """entry.id > :above AND NOT EXISTS (
             SELECT 1 FROM seal_leaf
              WHERE seal_leaf.entry_id = entry.id AND seal_leaf.entry_id > :above)"""
_WRITTEN = {
    "postgresql": {
        "day": "entry.effective_on::text",
        "instant": "to_char(entry.posted_at AT TIME ZONE 'UTC', "
        '\'YYYY-MM-DD"T"HH24\\:MI\\:SS.US"+00\\:00"\')',
        "postings": "coalesce(json_agg(json_build_array("
        "account.code, posting.debit_fen, posting.credit_fen)), '[]')::text",
    },
    # Instants are kept as text in UTC, always with six places of a second.
    "sqlite": {
        "day": "entry.effective_on",
        "instant": "replace(entry.posted_at, ' ', 'T') || '+00\\:00'",
        "postings": "json_group_array(json_array("
        "account.code, posting.debit_fen, posting.credit_fen))",
    },
}
_STORED = {name: _LEAVES.format(**written) for name, written in _WRITTEN.items()}
_UNSEALED = {name: _ENTRIES.format(**written) for name, written in _WRITTEN.items()}

_NUMBERS = text(
    "SELECT coalesce(min(entry_id), 0) AS lowest, coalesce(max(entry_id), 0) AS highest"
    "  FROM seal_leaf WHERE height BETWEEN :first AND :last"
)
_HEAD = f"""json_array(1, entry.id, entry.kind, entry.key, entry.currency,
                 {_WRITTEN["sqlite"]["day"]}, {_WRITTEN["sqlite"]["instant"]}, entry.actor_id,
                 entry.memo, entry.reverses_id"""
_NTH = """(SELECT id FROM posting WHERE entry_id = entry.id ORDER BY account_id {which} LIMIT 1)"""
_BLOCKS = {
    # Nearly every entry has two postings, and the index by entry and account finds both ends of
    # the list without reading it; only more than two are collected and sorted.
    "sqlite": f"""
        SELECT leaf.height, count(*), min(leaf.position), max(leaf.position),
               CAST(group_concat(CASE
                 WHEN EXISTS (SELECT 1 FROM posting WHERE entry_id = entry.id LIMIT 1 OFFSET 2)
                 THEN {_HEAD}, json((
                   SELECT json_group_array(json(line)) FROM (
                     SELECT json_array(account.code, debit_fen, credit_fen) AS line
                       FROM posting JOIN account ON account.id = posting.account_id
                      WHERE posting.entry_id = entry.id ORDER BY account.code))))
                 WHEN one.code < other.code
                 THEN {_HEAD}, json_array(
                   json_array(one.code, first.debit_fen, first.credit_fen),
                   json_array(other.code, last.debit_fen, last.credit_fen)))
                 ELSE {_HEAD}, json_array(
                   json_array(other.code, last.debit_fen, last.credit_fen),
                   json_array(one.code, first.debit_fen, first.credit_fen)))
                 END, char(10)) AS BLOB),
               CAST(group_concat(leaf.leaf, '') AS BLOB)
          FROM seal_leaf AS leaf
         CROSS JOIN journal_entry AS entry ON entry.id = leaf.entry_id
         CROSS JOIN posting AS first ON first.id = {_NTH.format(which="")}
         CROSS JOIN account AS one ON one.id = first.account_id
         CROSS JOIN posting AS last ON last.id = {_NTH.format(which="DESC")}
         CROSS JOIN account AS other ON other.id = last.account_id
         WHERE leaf.height BETWEEN :first AND :last
         GROUP BY leaf.height ORDER BY leaf.height
    """,  # noqa: S608 (constants)
    "postgresql": f"""
        SELECT leaf.height, count(*), min(leaf.position), max(leaf.position),
               string_agg('[1,' || entry.id || ',' || to_json(entry.kind)::text
                 || ',' || to_json(entry.key)::text || ',' || to_json(entry.currency)::text
                 || ',"' || {_WRITTEN["postgresql"]["day"]}
                 || '","' || {_WRITTEN["postgresql"]["instant"]}
                 || '",' || coalesce(entry.actor_id::text, 'null')
                 || ',' || coalesce(to_json(entry.memo)::text, 'null')
                 || ',' || coalesce(entry.reverses_id::text, 'null')
                 || ',[' || said.lines || ']]', chr(10) ORDER BY leaf.position),
               string_agg(leaf.leaf, '' ORDER BY leaf.position)
          FROM seal_leaf AS leaf
          JOIN journal_entry AS entry ON entry.id = leaf.entry_id
          JOIN (SELECT entry_id, string_agg(line, ',') AS lines
                  FROM (SELECT entry_id, '[' || to_json(account.code)::text || ',' || debit_fen
                               || ',' || credit_fen || ']' AS line
                          FROM posting JOIN account ON account.id = posting.account_id
                         WHERE entry_id BETWEEN :lowest AND :highest
                         ORDER BY entry_id, account.code COLLATE "C") AS line
                 GROUP BY entry_id) AS said ON said.entry_id = entry.id
         WHERE leaf.height BETWEEN :first AND :last AND entry.id BETWEEN :lowest AND :highest
         GROUP BY leaf.height ORDER BY leaf.height
    """,  # noqa: S608 (constants)
}
