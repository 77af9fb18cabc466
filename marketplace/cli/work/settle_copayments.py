"""What institutions took at their counter is theirs once the learner's enrollment is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.copayments.operations.payments import settle_counter_payments
from marketplace.copayments.queries import list_institutions_with_earnings
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.institutions.queries import find_institution_by_code

KIND = "settle_copayments"
EVERY = timedelta(hours=24)


def work(job: RunningJob) -> dict[str, Any]:
    """Institution by institution, each its own unit of work."""
    total = 0
    for code in list_institutions_with_earnings():
        institution = find_institution_by_code(code)
        assert institution is not None, "it has payments"
        try:
            with write_transaction():
                job.hold()
                total += settle_counter_payments(institution.id)
        except Refused:
            continue  # everything it took waits to be given back
        job.checkpoint()
    return {"fen": total}
