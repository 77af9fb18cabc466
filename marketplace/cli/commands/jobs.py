"""`jobs run`, `jobs list`: the background runner and what it has to do."""

from __future__ import annotations

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.cli.answers import print_json
from marketplace.cli.runner import Runner
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.jobs.models import Job
from marketplace.jobs.operations import LEASE_SECONDS
from marketplace.jobs.queries import count_jobs_by_state, list_jobs
from marketplace.jobs.states import JobState

group = AppGroup("jobs", help="Background work: run it, list it.")


@group.command("run")
@click.option("--once", is_flag=True, help="Do at most one job, then end.")
@click.option("--until-empty", is_flag=True, help="Do what is due, then end.")
@click.option("--poll", default=1.0, show_default=True, help="Seconds between looks at the queue.")
@click.option("--lease", default=LEASE_SECONDS, show_default=True, help="Seconds a lease lasts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end.")
def run(once: bool, until_empty: bool, poll: float, lease: int, as_json: bool) -> None:
    """Serve the job table. SIGTERM ends the present job at its next safe point."""
    runner = Runner(current_app._get_current_object(), lease_seconds=lease)  # type: ignore[attr-defined]
    runner.stop_on_signals()
    if not (once or until_empty):
        runner.run_forever(poll)
        return
    count = runner.run_until_empty(once=once)
    if as_json:
        print_json({"jobs_done": count})
    else:
        click.echo(f"{count} jobs taken up")


@group.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE_SIZE_MAX))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_(state: str | None, limit: int, as_json: bool) -> None:
    """Jobs, newest first, with their progress."""
    page = list_jobs(PageRequest(1, limit), state=JobState(state) if state else None)
    if as_json:
        rows = [job_document(job) for job in page.items]
        print_json({"total": page.total, "states": count_jobs_by_state(), "jobs": rows})
        return
    for job in page.items:
        total = "?" if job.progress_total is None else job.progress_total
        click.echo(f"{job.code}  {job.kind:<16} {job.state:<9} {job.progress_done}/{total}")


def job_document(job: Job) -> dict[str, Any]:
    """A job as machines read it."""
    return {
        "code": job.code,
        "kind": job.kind,
        "state": job.state.value,
        "attempts": job.attempts,
        "attempts_max": job.attempts_max,
        "done": job.progress_done,
        "total": job.progress_total,
        "message": job.message,
        "result": job.result,
        "error": job.error,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }
