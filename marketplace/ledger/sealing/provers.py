"""Recomputing all blocks, stretch by stretch, in this process or in several."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache

from marketplace.foundation.db import db
from marketplace.ledger.models import SealBlock
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.proving import ProvedBlock, prove_blocks

STRETCH_ENTRIES = 5_000
"""So many entries are asked for in one statement: what is held in memory at once."""
SHARED_MIN = 20
"""Fewer stretches are not worth the start of another process."""
PROCESSES_MAX = 8
Stretch = tuple[int, int]
"""The first and the last height."""


def default_processes() -> int:
    """One for each core this process may use; where it cannot be told, one."""
    if not hasattr(os, "sched_getaffinity"):
        return 1
    return min(len(os.sched_getaffinity(0)), PROCESSES_MAX)


def prove_all(blocks: Iterable[SealBlock], *, processes: int) -> Iterator[ProvedBlock]:
    """Every block, in order of height; without a root where it has to be read entry by entry."""
    stretches = list(_stretches(blocks))
    if processes == 1 or len(stretches) < SHARED_MIN:
        names = AccountNames()
        for stretch in stretches:
            yield from _prove(stretch, names)
        return
    # A connection cannot be shared: this process has none while the others are made. They are
    # forks, so they stand in the same context and open their own.
    db.session.remove()
    db.engine.dispose()
    with ProcessPoolExecutor(
        max_workers=min(processes, len(stretches)),
        mp_context=multiprocessing.get_context("fork"),
    ) as pool:
        for proved in pool.map(_prove_shared, stretches):
            yield from proved


@cache
def _names_of_this_process() -> AccountNames:
    """Of a process that was made for one verification and ends with it."""
    return AccountNames()


def _prove_shared(stretch: Stretch) -> list[ProvedBlock]:
    return _prove(stretch, _names_of_this_process())


def _prove(stretch: Stretch, names: AccountNames) -> list[ProvedBlock]:
    first, last = stretch
    found = {proved.height: proved for proved in prove_blocks(first, last, names)}
    return [found.get(height) or ProvedBlock(height, 0, None) for height in range(first, last + 1)]


def _stretches(blocks: Iterable[SealBlock]) -> Iterator[Stretch]:
    """Neighbouring heights with some thousand entries together."""
    first = last = entries = 0
    for block in blocks:
        if entries and (entries + block.entries > STRETCH_ENTRIES or block.height != last + 1):
            yield first, last
            entries = 0
        if not entries:
            first = block.height
        last, entries = block.height, entries + block.entries
    if entries:
        yield first, last
