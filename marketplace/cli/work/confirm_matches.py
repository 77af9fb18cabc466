"""Books lines that found their payout: asked for by an officer's run with many of them, and by
the runner itself, so that a run that was killed is finished."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.matching import book_found
from marketplace.cli.runner import RunningJob
from marketplace.reconciliation.operations.matching import JOB_KIND

KIND = JOB_KIND
EVERY = timedelta(minutes=10)


def work(job: RunningJob) -> dict[str, Any]:
    """Chunk by chunk, each its own unit of work; what is booked is off the list."""

    def step(done: int, total: int) -> None:
        job.checkpoint()
        job.hold(done=done, total=total)

    done = book_found(actor_id=job.payload.get("actor_id"), step=step)
    return {"matched": done.matched, "breaks_opened": done.breaks_opened}
