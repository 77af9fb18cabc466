"""Seals what was booked since the last time; asked for by the runner itself, every ten minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.operations import seal_block

KIND = "seal_books"
EVERY = timedelta(minutes=10)


def work(job: RunningJob) -> dict[str, Any]:
    """Block by block, each its own unit of work: stopped anywhere, the rest goes on later."""
    entries, names = 0, AccountNames()
    while True:
        with write_transaction():
            job.hold(done=entries)
            block = seal_block(actor_id=None, everywhere=False, names=names)
            entries += block.entries if block else 0
        if block is None:
            return {"entries": entries}
        job.checkpoint()
