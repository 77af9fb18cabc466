"""Computes the ratings of a day in the background; a killed runner's work is simply done again."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.cli.rating import compute_all
from marketplace.cli.runner import RunningJob
from marketplace.jobs.queries import get_job
from marketplace.ratings.operations.compute import JOB_KIND

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """What an earlier attempt saved is found unchanged."""
    return compute_all(
        date.fromisoformat(job.payload["as_of"]),
        actor_id=get_job(job.lease.job_id).requested_by,
        hold=lambda done, total: job.hold(done=done, total=total),
    )
