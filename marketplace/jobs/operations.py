"""Long work: enqueue with its cause, lease, report, end. A dead runner's job is taken up again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Insert, insert, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.jobs import errors as _errors
from marketplace.jobs.models import Job
from marketplace.jobs.queries import find_job_by_dedupe_key, get_job, lock_claimable_job, lock_job
from marketplace.jobs.states import JobState

assert _errors  # registers the sentences

LEASE_SECONDS = 60
BACK_OFF_SECONDS = 5
BACK_OFF_SECONDS_MAX = 3600
ERROR_CHARS_MAX = 2_000


class LeaseLost(Exception):
    """Another runner has this job now, or it was canceled: nothing more may be saved for it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job until the lease ends or a higher fence is given out."""

    job_id: int
    code: str
    kind: str
    payload: dict[str, Any]
    fence: int
    attempt: int
    seconds: int
    """How long it holds without a report."""


def enqueue_job(
    kind: str,
    *,
    payload: dict[str, Any],
    requested_by: int | None,
    dedupe_key: str | None = None,
    run_after: datetime | None = None,
    attempts_max: int = 5,
) -> Job:
    """Ask for long work, in the transaction of its cause: both are saved, or neither.

    The same `dedupe_key` is the same work: the earlier job is returned.
    """
    now = clock.now()
    values = {
        "code": new_code("JB"),
        "kind": kind,
        "payload": payload,
        "state": JobState.QUEUED,
        "dedupe_key": dedupe_key,
        "attempts_max": attempts_max,
        "run_after": run_after or now,
        "requested_by": requested_by,
        "created_at": now,
    }
    if dedupe_key is None:
        job_id = db.session.execute(insert(Job).values(values).returning(Job.id)).scalar_one()
        return get_job(job_id)
    db.session.execute(_insert_unless_known(values))
    job = find_job_by_dedupe_key(dedupe_key)
    assert job is not None
    return job


def lease_job(*, lease_seconds: int = LEASE_SECONDS) -> Lease | None:
    """Take the next job; none when nothing is due. A job out of attempts ends as failed."""
    while (job := lock_claimable_job(clock.now())) is not None:
        if job.attempts < job.attempts_max:
            return _begin_attempt(job, lease_seconds)
        _end(job, JobState.FAILED, error=job.error or "the runner died in every attempt")
    return None


def report_progress(
    lease: Lease,
    *,
    done: int | None = None,
    total: int | None = None,
    message: str | None = None,
) -> None:
    """Say how far the work is and keep the lease; raises LeaseLost when it is another's.

    Called inside the transaction that saves a piece of work, it fences that piece: work done
    under an old lease cannot be saved.
    """
    values: dict[str, Any] = {"lease_until": clock.now() + timedelta(seconds=lease.seconds)}
    given = {"progress_done": done, "progress_total": total, "message": message}
    values |= {name: value for name, value in given.items() if value is not None}
    held = db.session.execute(
        update(Job)
        .where(Job.id == lease.job_id, Job.fence == lease.fence, Job.state == JobState.RUNNING)
        .values(values)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if held is None:
        raise LeaseLost(lease.code)


def finish_job(lease: Lease, *, result: dict[str, Any] | None) -> None:
    """The work is done."""
    job = _lock_held(lease)
    job.result = result
    if job.progress_total is not None:
        job.progress_done = job.progress_total
    _end(job, JobState.DONE)


def fail_job(
    lease: Lease, *, error: str, is_final: bool = False, result: dict[str, Any] | None = None
) -> None:
    """The attempt failed: try again after a growing pause, or give up after the last attempt.

    `result` may carry the refusals, so that a page can tell them in the reader's language.
    """
    job = _lock_held(lease)
    job.result = result
    job.error = error[:ERROR_CHARS_MAX]
    if is_final or job.attempts >= job.attempts_max:
        _end(job, JobState.FAILED, error=job.error)
        return
    pause = min(BACK_OFF_SECONDS * 2 ** (job.attempts - 1), BACK_OFF_SECONDS_MAX)
    _queue_again(job, clock.now() + timedelta(seconds=pause))


def hand_back_job(lease: Lease) -> None:
    """The runner stops in good order: the job waits for the next one; no attempt is counted."""
    job = _lock_held(lease)
    job.attempts -= 1
    _queue_again(job, clock.now())


def cancel_job(job_id: int) -> Job:
    """Stop a job that has not ended. A runner at work notices at its next report.

    Refused when it has ended already.
    """
    job = lock_job(job_id)
    if job.state == JobState.CANCELED:
        return job
    if job.state not in (JobState.QUEUED, JobState.RUNNING):
        raise Refused(Refusal("job_not_cancelable"))
    _end(job, JobState.CANCELED)
    return job


def retry_job(job_id: int) -> Job:
    """Put a failed or canceled job in the queue again, with fresh attempts."""
    job = lock_job(job_id)
    if job.state == JobState.QUEUED:
        return job
    if job.state not in (JobState.FAILED, JobState.CANCELED):
        raise Refused(Refusal("job_not_retryable"))
    job.attempts = 0
    job.error = None
    job.result = None
    job.finished_at = None
    _queue_again(job, clock.now())
    return job


def _insert_unless_known(values: dict[str, Any]) -> Insert:
    if dialect_name() == "postgresql":
        insert_job = postgresql_insert(Job).values(values)
        return insert_job.on_conflict_do_nothing(index_elements=["dedupe_key"])
    return sqlite_insert(Job).values(values).on_conflict_do_nothing(index_elements=["dedupe_key"])


def _begin_attempt(job: Job, lease_seconds: int) -> Lease:
    now = clock.now()
    job.state = JobState.RUNNING
    job.attempts += 1
    job.fence += 1
    job.lease_until = now + timedelta(seconds=lease_seconds)
    job.started_at = job.started_at or now
    db.session.flush()
    return Lease(
        job.id, job.code, job.kind, dict(job.payload), job.fence, job.attempts, lease_seconds
    )


def _lock_held(lease: Lease) -> Job:
    job = lock_job(lease.job_id)
    if job.fence != lease.fence or job.state != JobState.RUNNING:
        raise LeaseLost(lease.code)
    return job


def _queue_again(job: Job, run_after: datetime) -> None:
    job.state = JobState.QUEUED
    job.lease_until = None
    job.run_after = run_after
    db.session.flush()


def _end(job: Job, state: JobState, *, error: str | None = None) -> None:
    job.state = state
    job.lease_until = None
    job.finished_at = clock.now()
    job.error = error
    db.session.flush()
