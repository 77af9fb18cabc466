"""Merkle tree hashes of RFC 9162, section 2.1, with SHA-256: pure bytes.

A leaf is hashed with a leading 0x00 and an inner node with 0x01, so that no node passes for a
leaf; a tree of n leaves splits at the largest power of two below n.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from operator import add
from typing import Any


def leaf_hash(content: bytes) -> bytes:
    """The hash of one leaf's content."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(contents: Iterable[bytes]) -> list[bytes]:
    """The hashes of very many leaves: `leaf_hash` of each, from one begun hash."""
    return _hashes(sha256(b"\x00").copy, contents)


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; of no leaves, the hash of nothing (RFC 9162, 2.1.1).

    Level by level: pairs from the left, what is left over goes up as it is. That is the tree of
    the RFC, which splits at the largest power of two, without its recursion.
    """
    if not leaves:
        return sha256(b"").digest()
    inner, level = sha256(b"\x01").copy, list(leaves)
    while len(level) > 1:
        above = _hashes(inner, map(add, level[::2], level[1::2]))
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


def _hashes(begun: Callable[[], Any], contents: Iterable[bytes]) -> list[bytes]:
    """A begun hash is copied, which is much cheaper than to begin one for each content."""
    found = []
    for content in contents:
        hashing = begun()
        hashing.update(content)
        found.append(hashing.digest())
    return found


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
