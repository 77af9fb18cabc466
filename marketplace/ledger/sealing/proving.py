"""Recomputing whole blocks from the journal, fast: what `ledger verify` does with nearly all.

Nothing stored is believed: the documents are made from journal, postings and accounts as they are
now (`stretches`) and hashed here. Bytes that give the sealed hash are the sealed bytes, whoever
wrote them; where they do not, the block is read again, at last entry by entry in the form that
counts (`stored`, `verify`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from marketplace.foundation.db import dialect_name
from marketplace.ledger.sealing.merkle import leaf_hashes, root_hash
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.reading import ask, joined, numbers_of
from marketplace.ledger.sealing.stretches import Stretch, forms, is_spread, read_stretch


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
    entry_ids: bytes
    leaves: bytes

    def ends(self) -> tuple[int, int]:
        """The first and the last number; in a block they stand in order."""
        numbers = numbers_of(self.entry_ids)
        return numbers[0], numbers[-1]


def prove_blocks(first: int, last: int, names: AccountNames) -> list[ProvedBlock]:
    """Recompute the blocks of these heights from the journal; a block without leaves is missing."""
    rows = ask(_LEAVES[dialect_name()], {"first": first, "last": last})
    blocks = [_Leaves(*row) for row in rows]
    if not blocks:
        return []
    lowest = min(min(block.ends()) for block in blocks)
    highest = max(max(block.ends()) for block in blocks)
    entries = sum(block.entries for block in blocks)
    if is_spread(lowest, highest, entries):
        if len(blocks) == 1:
            return [ProvedBlock(blocks[0].height, entries, None)]
        return [
            found for block in blocks for found in prove_blocks(block.height, block.height, names)
        ]
    proved: list[ProvedBlock] = []
    for form in forms():
        stretch = read_stretch(form, lowest, highest, names=names, as_defined=False)
        proved = list(_proved(blocks, stretch or Stretch(b"", [])))
        if all(block.root for block in proved):
            break
    return proved


def _proved(blocks: Sequence[_Leaves], stretch: Stretch) -> Iterator[ProvedBlock]:
    """Each block beside what its entries say: the stored leaves, and the root over them."""
    hashes = leaf_hashes(stretch.documents)
    in_order = joined([block.entry_ids for block in blocks]) == stretch.entry_ids
    found = {} if in_order else dict(zip(numbers_of(stretch.entry_ids), hashes, strict=True))
    at = 0
    for block in blocks:
        if in_order:
            own = hashes[at : at + block.entries]
            at += block.entries
        else:
            own = [found.get(number, b"") for number in numbers_of(block.entry_ids)]
        is_placed = (block.first_place, block.last_place) == (0, block.entries - 1)
        is_sealed = is_placed and b"".join(own) == block.leaves
        root = root_hash(own).hex() if is_sealed and len(own) == block.entries else None
        yield ProvedBlock(block.height, block.entries, root)


_LEAVES_OF = """
    SELECT height, count(*), min(position), max(position), {numbers}, {leaves}
      FROM {leaf} GROUP BY height ORDER BY height
"""
_LEAVES = {
    "postgresql": _LEAVES_OF.format(
        numbers="string_agg(int8send(entry_id), '')",
        leaves="string_agg(leaf, '')",
        leaf="(SELECT * FROM seal_leaf WHERE height BETWEEN :first AND :last"
        "  ORDER BY height, position) AS leaf",
    ),
    # The index by height and place is followed, so the places come in their order.
    "sqlite": _LEAVES_OF.format(
        numbers="CAST(group_concat(entry_id) AS BLOB)",
        leaves="CAST(group_concat(leaf, '') AS BLOB)",
        leaf="seal_leaf WHERE height BETWEEN :first AND :last",
    ),
}
