"""Recomputing every seal from the journal, and comparing with heads that left this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Violation
from marketplace.ledger.models import SealBlock
from marketplace.ledger.sealing.documents import GENESIS, head_of
from marketplace.ledger.sealing.merkle import leaf_hash, root_hash
from marketplace.ledger.sealing.operations import document_of
from marketplace.ledger.sealing.provers import prove_all
from marketplace.ledger.sealing.queries import count_entries_and_leaves, each_block
from marketplace.ledger.sealing.stored import each_stored_leaf

CHAIN = "5 sealed blocks chain from the first"
ENTRIES = "5 sealed entries are as they were"
ANCHOR = "6 the chain reaches the anchored head"


@dataclass(slots=True)
class SealReport:
    """What was recomputed, and everything that is not as it was sealed."""

    height: int = 0
    head: str = GENESIS
    entries: int = 0
    unsealed: int = 0
    violations: list[Violation] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.violations


def verify_seals(anchors: Mapping[int, str] | None = None, *, processes: int = 1) -> SealReport:
    """Recompute leaves, roots and chain over everything sealed.

    `anchors` are heads by height that were kept elsewhere: a chain that is shorter, or that has
    another head there, was cut or rewritten, however well it agrees with itself (invariants 5, 6).
    Several `processes` share the blocks: for a command that does nothing else, because the
    connections of this process are given up meanwhile.
    """
    report = SealReport()
    booked, sealed = count_entries_and_leaves()
    blocks = {block.height: block for block in each_block()}
    leaves, roots = 0, {}
    for proved in prove_all(blocks.values(), processes=processes):
        if proved.root != blocks[proved.height].root:
            again = _root_of(proved.height, report)
            leaves += again.leaves
            roots[proved.height] = again.root
        else:
            leaves += proved.entries
            report.entries += proved.entries
            roots[proved.height] = proved.root
    # A leaf whose entry is gone is no booked entry: it was counted as sealed all the same.
    report.unsealed = booked - sealed + leaves - report.entries
    if sealed > leaves:
        _add(report, Violation(CHAIN, f"{sealed - leaves} leaves", "stand in no block"))
    for violation in _chain_violations(blocks, roots):
        _add(report, violation)
    if blocks:
        report.height = max(blocks)
        report.head = blocks[report.height].head
    _compare_anchors(anchors or {}, blocks, report)
    return report


@dataclass(frozen=True, slots=True)
class _Reread:
    """A block read entry by entry: how many leaves it has, and the root of what they say now."""

    leaves: int
    root: str


def _root_of(height: int, report: SealReport) -> _Reread:
    """Read a block entry by entry and tell which of them is not as it was sealed."""
    hashes: list[bytes] = []
    for expected, leaf in enumerate(each_stored_leaf(height)):
        subject = f"entry {leaf.entry_id}"
        if leaf.position != expected:
            detail = f"stands at place {leaf.position} of block {height}, not {expected}"
            _add(report, Violation(ENTRIES, subject, detail))
        if leaf.document is None:
            _add(report, Violation(ENTRIES, subject, f"was sealed in block {height} and is gone"))
            hashes.append(leaf.leaf)
            continue
        now = leaf_hash(leaf.document)
        if now != leaf.leaf:
            detail = f"differs from what block {height} sealed"
            _add(report, Violation(ENTRIES, subject, detail))
        hashes.append(now)
        report.entries += 1
    return _Reread(len(hashes), root_hash(hashes).hex())


def _chain_violations(
    blocks: Mapping[int, SealBlock], roots: Mapping[int, str]
) -> Iterator[Violation]:
    previous = GENESIS
    for expected, (height, block) in enumerate(blocks.items(), start=1):
        subject = f"block {height}"
        if height != expected:
            yield Violation(CHAIN, subject, f"stands where block {expected} should")
            return
        if block.previous_head != previous:
            yield Violation(CHAIN, subject, "does not name the head of the block before it")
        if block.head != head_of(document_of(block)):
            yield Violation(CHAIN, subject, "its head is not the hash of its header")
        if roots.get(height) != block.root:
            yield Violation(CHAIN, subject, "its root is not that of its entries")
        previous = block.head


def _compare_anchors(
    anchors: Mapping[int, str], blocks: Mapping[int, SealBlock], report: SealReport
) -> None:
    for height, head in sorted(anchors.items()):
        found = blocks.get(height)
        if found is None:
            _add(report, Violation(ANCHOR, f"block {height}", "is missing: the tail was cut"))
        elif found.head != head:
            _add(report, Violation(ANCHOR, f"block {height}", f"has another head: {found.head}"))


def _add(report: SealReport, violation: Violation) -> None:
    if len(report.violations) < VIOLATIONS_SHOWN_MAX:
        report.violations.append(violation)
