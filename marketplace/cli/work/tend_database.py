"""Lets SQLite look at its tables once an hour, so that it chooses its indexes by what is in them.

PostgreSQL does that by itself (autovacuum). Without any figures SQLite takes a column of four
states for as telling as the number of a course.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation.bulk import refresh_statistics
from marketplace.foundation.db import write_transaction

KIND = "tend_database"
EVERY = timedelta(hours=1)


def work(job: RunningJob) -> dict[str, Any]:
    """One short unit of work: a sample of each index, whatever the size of the tables."""
    with write_transaction():
        job.hold(done=0)
        return {"refreshed": refresh_statistics()}
