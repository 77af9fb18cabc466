"""Merkle tree hashes of RFC 9162, section 2.1, with SHA-256: pure bytes.

A leaf is hashed with a leading 0x00 and an inner node with 0x01, so that no node passes for a
leaf; a tree of n leaves splits at the largest power of two below n.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf's content."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(contents: bytes) -> list[bytes]:
    """The hashes of leaves whose contents stand one a line, which none of them contains."""
    lines = (b"\x00" + contents.replace(b"\n", b"\n\x00")).split(b"\n")
    return [sha256(line).digest() for line in lines]


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; of no leaves, the hash of nothing (RFC 9162, 2.1.1).

    Level by level: pairs from the left, what is left over goes up as it is. That is the tree of
    the RFC, which splits at the largest power of two, without its recursion.
    """
    if not leaves:
        return sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        joined = b"".join(level)
        pairs = range(0, 64 * (len(level) // 2), 64)
        above = [sha256(b"\x01" + joined[at : at + 64]).digest() for at in pairs]
        level = above + level[2 * len(above) :]
    return level[0]


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root, nearest first (RFC 9162, 2.1.3.1)."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_path(leaves[:split], index), root_hash(leaves[split:])]
    return [*inclusion_path(leaves[split:], index - split), root_hash(leaves[:split])]


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to (RFC 9162, 2.1.3.2); none for a path that does not fit."""
    if not 0 <= index < size:
        return None
    node, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if node % 2 or node == last:
            found = node_hash(step, found)
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
