"""Takes back what nobody has accepted of a batch; a killed runner's work goes on."""

from __future__ import annotations

from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction
from marketplace.vouchers.operations.revocations import JOB_KIND, revoke_unclaimed

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece, each its own unit of work."""
    revoked = 0
    while True:
        with write_transaction():
            job.hold(done=revoked)
            count = revoke_unclaimed(
                job.payload["batch_id"],
                reason=job.payload["reason"],
                actor_id=job.payload["actor_id"],
            )
        revoked += count
        job.checkpoint()
        if not count:
            return {"revoked": revoked}
