"""A proof that one entry is in the published chain, to be checked without us.

`tools/check_proof.py` checks it with nothing but the standard library.
"""

from __future__ import annotations

from typing import Any

from marketplace.ledger.sealing.documents import entry_document
from marketplace.ledger.sealing.merkle import inclusion_path
from marketplace.ledger.sealing.operations import document_of
from marketplace.ledger.sealing.queries import each_leaf, find_block, get_leaf


def proof_of_entry(entry_id: int) -> dict[str, Any]:
    """The entry's bytes, its path to the root, and the block's header and head.

    Not found (404) when the entry is not sealed yet. `entry` and `block` are the very texts that
    are hashed; the reader compares `head` with the one published for that height.
    """
    leaf = get_leaf(entry_id)
    block = find_block(leaf.height)
    assert block is not None, "a leaf names a block that exists"
    leaves = [found for _height, group in each_leaf(height=leaf.height) for found in group]
    own = leaves[leaf.position]
    assert own.entry is not None, "an entry is never deleted"
    path = inclusion_path([found.leaf for found in leaves], leaf.position)
    return {
        "format": "tvm-inclusion-proof-1",
        "entry": entry_document(own.entry).decode(),
        "index": leaf.position,
        "size": block.entries,
        "path": [step.hex() for step in path],
        "block": document_of(block).decode(),
        "head": block.head,
    }
