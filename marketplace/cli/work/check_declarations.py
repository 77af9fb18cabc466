"""Checks what vouchers were given on people's word, once a day; asked for by the runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction
from marketplace.vouchers.operations.declarations import check_declarations

KIND = "check_declarations"
EVERY = timedelta(days=1)


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece, each its own unit of work, until nothing decided is left unchecked."""
    kept = broken = 0
    while True:
        with write_transaction():
            job.hold(done=kept + broken)
            checked = check_declarations(actor_id=None)
        kept, broken = kept + checked.kept, broken + checked.broken
        if not checked.kept + checked.broken:
            return {"kept": kept, "broken": broken, "overdue": checked.overdue}
        job.checkpoint()
