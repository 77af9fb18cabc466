"""Offers free seats to who waits longest; asked for by the runner itself, every ten minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.cli.waiting import offer_everywhere

KIND = "offer_seats"
EVERY = timedelta(minutes=10)


def work(job: RunningJob) -> dict[str, Any]:
    """Course by course, each its own unit of work: stopped anywhere, the rest goes on later."""
    return dict(offer_everywhere(before_each=lambda done: job.hold(done=done)))
