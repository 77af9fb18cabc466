"""Freezes what was not used of lots whose last day is over; asked for by the runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.lots import expire_everywhere
from marketplace.cli.runner import RunningJob

KIND = "expire_lots"
EVERY = timedelta(hours=1)


def work(job: RunningJob) -> dict[str, Any]:
    """Lot by lot; what is frozen is not found again."""

    def hold(done: int) -> None:
        job.hold(done=done)

    return expire_everywhere(before_each=hold)
