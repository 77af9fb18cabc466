"""RFC 9162 hashing, against the well-known vectors of certificate transparency and a plain twin."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.ledger.sealing.merkle import (
    inclusion_path,
    leaf_hash,
    node_hash,
    root_from_path,
    root_hash,
)

CONTENTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
"""As published with RFC 6962, whose hashing RFC 9162 keeps."""


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_roots_are_those_of_the_published_vectors(size, root):
    assert root_hash([leaf_hash(content) for content in CONTENTS[:size]]).hex() == root


def test_a_node_never_passes_for_a_leaf():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert node_hash(left, right) == sha256(b"\x01" + left + right).digest()


@given(st.integers(1, 70), st.data())
def test_every_leaf_leads_to_the_root_by_its_path_and_no_other_leaf_does(size, data):
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(leaves, index)
    root = root_hash(leaves)
    assert root_from_path(leaves[index], index, size, path) == root
    assert root_from_path(leaf_hash(b"forged"), index, size, path) != root
    if size > 1:
        other = (index + 1) % size
        assert root_from_path(leaves[index], other, size, path) != root
        assert root_from_path(leaves[index], index, size, path[:-1]) != root
    assert root_from_path(leaves[index], index, size, [*path, root]) is None


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_place_outside_the_tree_leads_nowhere(index, size):
    assert root_from_path(leaf_hash(b"x"), index, size, []) is None
