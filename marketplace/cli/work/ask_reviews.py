"""Asks for reviews that the sheet of results did not ask for, and reminds once; every day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import write_transaction
from marketplace.reviews.operations import ask_the_unasked, remind_reviewers

KIND = "ask_reviews"
EVERY = timedelta(days=1)


def work(job: RunningJob) -> dict[str, Any]:
    """Who was asked or reminded is never asked or reminded again, wherever it was stopped."""
    with write_transaction():
        job.hold(done=0, total=2)
        asked = ask_the_unasked()
    with write_transaction():
        job.hold(done=1, total=2)
        reminded = remind_reviewers()
    return {"asked": asked, "reminded": reminded}
