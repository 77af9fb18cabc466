"""Issues a batch of vouchers; a killed runner's batch goes on after its last slice."""

from __future__ import annotations

from typing import Any

from marketplace.cli.issuing import issue_batch
from marketplace.cli.runner import RunningJob
from marketplace.vouchers.operations.batches import JOB_KIND

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """Slice by slice, each its own unit of work."""
    return issue_batch(
        job.payload["batch_id"],
        hold=lambda done, total: job.hold(done=done, total=total, message=job.payload["batch"]),
        on_progress=lambda _done, _total: job.checkpoint(),
    )
