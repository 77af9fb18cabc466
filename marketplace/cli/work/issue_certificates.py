"""Issues certificates of the last days' results that came without one; asked for every hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.records.operations.certificates import AT_ONCE_MAX, issue_certificates

KIND = "issue_certificates"
EVERY = timedelta(hours=1)
LOOKS_BACK = timedelta(days=7)
"""Results recorded longer ago are for `certificates issue`, which looks at all."""


def work(job: RunningJob) -> dict[str, Any]:
    """Part by part, each its own unit of work: stopped anywhere, the rest goes on later."""
    issued = 0
    while True:
        with write_transaction():
            job.hold(done=issued)
            count = issue_certificates(None, actor_id=None, since=clock.now() - LOOKS_BACK)
        issued += count
        if count < AT_ONCE_MAX:
            return {"issued": issued}
        job.checkpoint()
