"""Releases, returns and warns of withheld shares, and proposes to take back those whose certificate
was voided; once a day, asked for by the runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.retaining import propose_all, work_through_all
from marketplace.cli.runner import RunningJob

KIND = "tend_retentions"
EVERY = timedelta(days=1)


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece, each its own unit of work, fenced by the lease."""
    return {**work_through_all(job.hold), "clawbacks_proposed": propose_all(job.hold)}
