"""Ends quotas whose last day has passed and releases what was set aside for unused places; asked
for by the runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.quotas import end_all_due
from marketplace.cli.runner import RunningJob

KIND = "end_quotas"
EVERY = timedelta(days=1)


def work(job: RunningJob) -> dict[str, Any]:
    """Quota by quota; what was ended is not found again."""
    return end_all_due(before_each=job.hold)
