"""Tells holders that a voucher ends soon and ends what is over or has recorded its training, once a
day; asked for by the runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.expiring import announce_all, expire_all
from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction
from marketplace.redemption.operations.redeem import close_sign_ins
from marketplace.redemption.queries.reservations import list_runs_with_sign_ins

KIND = "end_vouchers"
EVERY = timedelta(days=1)


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece, each its own unit of work, fenced by the lease."""
    told, repeated = announce_all(job.hold)
    job.checkpoint()
    return {
        "told": told,
        "told_again": repeated,
        "expired": expire_all(job.hold),
        "recorded": _close_sign_ins(job),
    }


def _close_sign_ins(job: RunningJob) -> int:
    """Sign-in vouchers that something stood against when the result was recorded: a dispute that
    is settled, a hold that is cleared."""
    closed = after_id = 0
    while runs := list_runs_with_sign_ins(after_id=after_id):
        for after_id in runs:
            with write_transaction():
                job.hold(done=closed)
                closed += close_sign_ins(after_id, actor_id=None)
        job.checkpoint()
    return closed
