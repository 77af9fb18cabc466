"""Prepares or signs many settlements, each its own unit of work; a killed runner's work goes on."""

from __future__ import annotations

from typing import Any

from marketplace.cli.runner import RunningJob
from marketplace.cli.settling import run_round
from marketplace.settlement.rounds.operations import JOB_KIND
from marketplace.settlement.rounds.queries import get_round

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """One after the other; what is decided stays decided."""

    def step(done: int, total: int) -> None:
        job.checkpoint()
        job.hold(done=done, total=total)

    row = run_round(get_round(job.payload["round_id"]).code, step=step)
    return {"done": row.done, "refused": row.refused}
