"""Tells holders that a voucher ends soon and ends what is over, once a day; asked for by the
runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.expiring import announce_all, expire_all
from marketplace.cli.runner import RunningJob

KIND = "end_vouchers"
EVERY = timedelta(days=1)


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece, each its own unit of work, fenced by the lease."""
    told, repeated = announce_all(job.hold)
    job.checkpoint()
    return {"told": told, "told_again": repeated, "expired": expire_all(job.hold)}
