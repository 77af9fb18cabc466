"""Issuing a batch, slice by slice: the same for the command line and the background runner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from marketplace.foundation import clock
from marketplace.foundation.db import rehearsal, write_transaction
from marketplace.vouchers.models import IssueBatch
from marketplace.vouchers.operations.batches import (
    SLICE_WORKERS,
    get_targeted_offer,
    issue_slice,
    start_batch,
)
from marketplace.vouchers.queries.batches import find_last_worker_id
from marketplace.vouchers.queries.slices import decide_slice, open_purse

Progress = Callable[[int, int], None]
"""Told how many people are decided, and of how many."""


def issue_batch(
    batch_id: int, *, hold: Progress, on_progress: Progress, slice_workers: int = SLICE_WORKERS
) -> dict[str, Any]:
    """Issue to all people that are left, each slice its own unit of work.

    `hold` is called inside the unit of work of a slice, `on_progress` between two of them.
    """
    while True:
        with write_transaction():
            batch = issue_slice(batch_id, workers=slice_workers)
            document, done = batch_document(batch), batch.finished_at is not None
            hold(batch.done_workers, batch.total_workers)
        if done:
            return document
        on_progress(document["people"], document["of"])


def batch_document(batch: IssueBatch) -> dict[str, Any]:
    """What became of a batch so far, as commands and jobs tell it."""
    return {
        "batch": batch.code,
        "people": batch.done_workers,
        "of": batch.total_workers,
        "issued": batch.issued,
        "already_held": batch.held,
        "committed_fen": batch.committed_fen,
        "refusals": dict(batch.refusals),
    }


def rehearse_batch(
    scheme_id: int, *, worker_ids: list[int] | None, on_progress: Progress
) -> dict[str, Any]:
    """What a batch would do, decided in the same way; nothing is written or kept.

    Only the list of named people is laid down for a moment; everybody is merely read.
    """
    if worker_ids is None:
        return _decide_all(scheme_id, None, 0, on_progress)
    with rehearsal():
        batch = start_batch(scheme_id, worker_ids=worker_ids, actor_id=None)
        return _decide_all(scheme_id, batch.id, batch.total_workers, on_progress)


def _decide_all(
    scheme_id: int, batch_id: int | None, total: int, on_progress: Progress
) -> dict[str, Any]:
    offer, today = get_targeted_offer(scheme_id), clock.today()
    purse = open_purse(offer, on=today)
    people = issued = held = after = 0
    refusals: Counter[str] = Counter()
    while upto := find_last_worker_id(after=after, limit=SLICE_WORKERS, batch_id=batch_id):
        decided = decide_slice(
            offer, purse=purse, on=today, after=after, upto=upto, batch_id=batch_id
        )
        after, people = decided.upto, people + decided.people
        issued, held = issued + len(decided.vouchers), held + decided.held
        refusals += decided.refusals
        on_progress(people, max(total, people))
    return {
        "batch": None,
        "people": people,
        "of": people,
        "issued": issued,
        "already_held": held,
        "committed_fen": issued * purse.cost_fen,
        "refusals": dict(sorted(refusals.items())),
    }
