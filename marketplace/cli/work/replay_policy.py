"""Replays a past period under another policy; a killed runner's replay goes on after its slice."""

from __future__ import annotations

from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.drafting.operations.replays import JOB_KIND, replay_slice
from marketplace.foundation.db import write_transaction

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """Slice by slice, each its own unit of work, fenced by the lease."""
    while True:
        with write_transaction():
            replay = replay_slice(job.payload["replay_id"])
            done, code = replay.finished_at is not None, replay.code
            job.hold(done=replay.done, total=replay.total, message=code)
        if done:
            return {"replay": code}
        job.checkpoint()
