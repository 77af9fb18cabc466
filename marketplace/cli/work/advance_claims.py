"""Puts claims together and moves overdue ones of low risk on; asked for by the runner hourly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.claims.operations.assemble import assemble_due_claims
from marketplace.claims.operations.progress import advance_claim
from marketplace.claims.queries.claims import list_due_claims
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction

KIND = "advance_claims"
EVERY = timedelta(hours=1)
PIECE = 20
"""Claims put together in one unit of work."""


def work(job: RunningJob) -> dict[str, Any]:
    """Piece by piece; stopped anywhere, the rest is done the next time."""
    assembled = moved = 0
    if get_claim_policy().claims_required:
        while True:
            with write_transaction():
                job.hold(done=assembled)
                count = assemble_due_claims(limit=PIECE)
            assembled += count
            if count == 0:
                break
            job.checkpoint()
    for claim_id in list_due_claims():
        with write_transaction():
            job.hold(done=assembled + moved)
            moved += advance_claim(claim_id)
        job.checkpoint()
    return {"assembled": assembled, "moved_on": moved}
