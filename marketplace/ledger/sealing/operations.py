"""Closing entries into the next block. Posting does not wait for it and knows nothing of it."""

from __future__ import annotations

from sqlalchemy import text

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.bulk import copy_rows
from marketplace.foundation.db import db, dialect_name
from marketplace.ledger.models import SealBlock, SealLeaf
from marketplace.ledger.sealing.documents import (
    GENESIS,
    block_document,
    head_of,
    sealed_at_text,
)
from marketplace.ledger.sealing.merkle import leaf_hash, root_hash
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.queries import find_last_block
from marketplace.ledger.sealing.stored import list_unsealed_documents

BLOCK_ENTRIES_MAX = 1_000


def seal_block(
    *, actor_id: int | None, everywhere: bool = True, names: AccountNames | None = None
) -> SealBlock | None:
    """Seal unsealed entries, 1,000 at most, into the next block; none if all are sealed.

    What runs every few minutes does not search the whole journal for entries whose numbers were
    drawn early and committed late (see `list_unsealed_documents`); the closing of a month and
    `ledger seal` do. Two sealers at once: the second waits and goes on behind the first. Who seals
    one block after the other gives the same `names` each time, so that accounts are read once.
    """
    if dialect_name() == "postgresql":
        db.session.execute(text("LOCK TABLE seal_block IN SHARE ROW EXCLUSIVE MODE"))
    entries = list_unsealed_documents(BLOCK_ENTRIES_MAX, everywhere=everywhere, names=names)
    if not entries:
        return None
    last = find_last_block()
    leaves = [leaf_hash(document) for _entry_id, document in entries]
    height = last.height + 1 if last else 1
    sealed_at = clock.now()
    block = SealBlock(
        height=height,
        previous_head=last.head if last else GENESIS,
        root=root_hash(leaves).hex(),
        entries=len(leaves),
        sealed_at=sealed_at,
    )
    block.head = head_of(document_of(block))
    db.session.add(block)
    db.session.flush()
    placed = enumerate(zip(entries, leaves, strict=True))
    copy_rows(
        SealLeaf,
        ("entry_id", "position", "leaf"),
        ((entry_id, position, leaf) for position, ((entry_id, _document), leaf) in placed),
        same={"height": height},
    )
    record_event(
        "ledger.sealed",
        subject_kind="seal_block",
        subject_code=str(height),
        actor_id=actor_id,
        details={"head": block.head, "entries": block.entries},
    )
    return block


def document_of(block: SealBlock) -> bytes:
    """The header bytes of a block, as its head was made from them."""
    return block_document(
        height=block.height,
        previous=block.previous_head,
        root=block.root,
        entries=block.entries,
        sealed_at=sealed_at_text(block.sealed_at),
    )
