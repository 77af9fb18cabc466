"""Reading what is sealed, what is not, and the entries behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.ledger.models import Account, JournalEntry, Posting, SealBlock, SealLeaf
from marketplace.ledger.sealing.documents import SealedEntry

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class ReadLeaf:
    """A leaf as stored, beside the entry as it is now; none when the entry is gone."""

    entry_id: int
    position: int
    leaf: bytes
    entry: SealedEntry | None


def find_last_block() -> SealBlock | None:
    """The newest block; none before the first sealing."""
    return db.session.scalar(select(SealBlock).order_by(SealBlock.height.desc()).limit(1))


def find_block(height: int) -> SealBlock | None:
    """One block by its height."""
    return db.session.get(SealBlock, height)


def list_blocks(page: PageRequest) -> Page[SealBlock]:
    """Blocks, newest first."""
    total = db.session.scalar(select(func.count()).select_from(SealBlock)) or 0
    rows = db.session.scalars(
        select(SealBlock).order_by(SealBlock.height.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(list(rows), total, page.number, page.limit)


def each_block() -> Iterator[SealBlock]:
    """Every block from the first on."""
    rows = db.session.scalars(
        select(SealBlock).order_by(SealBlock.height).execution_options(yield_per=ROWS_AT_ONCE)
    )
    yield from rows


def count_unsealed_entries() -> int:
    """Entries booked since the last sealing."""
    entries, leaves = count_entries_and_leaves()
    return entries - leaves


def count_entries_and_leaves() -> tuple[int, int]:
    """How many entries are booked and how many sealed, at one moment."""
    entries = select(func.count()).select_from(JournalEntry).scalar_subquery()
    leaves = select(func.count()).select_from(SealLeaf).scalar_subquery()
    counted = db.session.execute(select(entries, leaves)).one()
    return int(counted[0]), int(counted[1])


def each_leaf(*, height: int | None = None) -> Iterator[tuple[int, Iterator[ReadLeaf]]]:
    """Leaves of every block (or of one), block by block, each beside its entry as it is now."""
    wanted = (
        select(
            SealLeaf.height,
            SealLeaf.position,
            SealLeaf.leaf,
            SealLeaf.entry_id,
            *_COLUMNS,
        )
        .select_from(SealLeaf)
        .outerjoin(JournalEntry, JournalEntry.id == SealLeaf.entry_id)
        .outerjoin(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Account, Account.id == Posting.account_id)
        .order_by(SealLeaf.height, SealLeaf.position)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    if height is not None:
        wanted = wanted.where(SealLeaf.height == height)
    for found, rows in groupby(db.session.execute(wanted), key=lambda row: row.height):
        yield int(found), map(_leaf, _by_position(rows))


def get_leaf(entry_id: int) -> SealLeaf:
    """Where an entry is sealed; not found when it is not, or not yet."""
    leaf = db.session.get(SealLeaf, entry_id)
    if leaf is None:
        raise NotFound("seal_leaf", entry_id)
    return leaf


def list_sealed(entry_ids: Sequence[int]) -> frozenset[int]:
    """Which of these entries are sealed: one query for a page of a statement."""
    rows = db.session.scalars(
        select(SealLeaf.entry_id)
        .where(SealLeaf.entry_id.in_(list(entry_ids)))
        .order_by(SealLeaf.entry_id)
        .limit(len(entry_ids) or 1)
    )
    return frozenset(rows)


_COLUMNS = (
    JournalEntry.id,
    JournalEntry.kind,
    JournalEntry.key,
    JournalEntry.currency,
    JournalEntry.effective_on,
    JournalEntry.posted_at,
    JournalEntry.actor_id,
    JournalEntry.memo,
    JournalEntry.reverses_id,
    Account.code.label("account_code"),
    Posting.debit_fen,
    Posting.credit_fen,
)


def _by_position(rows: Iterator[Any]) -> Iterator[list[Any]]:
    for _position, group in groupby(rows, key=lambda row: row.position):
        yield list(group)


def _leaf(rows: list[Any]) -> ReadLeaf:
    first = rows[0]
    entry = _entry(rows) if first.id is not None else None
    return ReadLeaf(first.entry_id, first.position, bytes(first.leaf), entry)


def _entry(rows: list[Any]) -> SealedEntry:
    first = rows[0]
    return SealedEntry(
        first.id,
        first.kind,
        first.key,
        first.currency,
        first.effective_on,
        first.posted_at,
        first.actor_id,
        first.memo,
        first.reverses_id,
        [
            (row.account_code, row.debit_fen, row.credit_fen)
            for row in rows
            if row.account_code is not None
        ],
    )
