"""Ends offers nobody answered and pledges whose time has passed; asked for by the runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction
from marketplace.pledges.group_operations import end_past_groups
from marketplace.pledges.operations import end_pledge_offers

KIND = "end_pledge_offers"
EVERY = timedelta(minutes=10)
PIECE = 50


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece; what is ended is not found again."""
    ended = 0
    while True:
        with write_transaction():
            job.hold(done=ended)
            count = end_pledge_offers(limit=PIECE) + end_past_groups(limit=PIECE)
        ended += count
        if not count:
            return {"ended": ended}
        job.checkpoint()
