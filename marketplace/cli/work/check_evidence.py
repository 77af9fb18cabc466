"""Looks at the records of recent classes every night; asked for by the runner itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace.cli.evidence import check_classes
from marketplace.cli.runner import RunningJob
from marketplace.evidence.queries import list_runs_to_check
from marketplace.foundation import clock

KIND = "check_evidence"
EVERY = timedelta(days=1)
DAYS_BACK = 45


def work(job: RunningJob) -> dict[str, Any]:
    """Class by class: stopped anywhere, the same findings get no second hold the next time."""
    today = clock.today()
    ids = list_runs_to_check(since=today - timedelta(days=DAYS_BACK), until=today)
    document = check_classes(ids, before_each=lambda done: job.hold(done=done, total=len(ids)))
    return {name: document[name] for name in ("classes", "new_holds", "kinds")}
