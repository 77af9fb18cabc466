"""Reading jobs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.jobs.models import Job
from marketplace.jobs.states import JobState


def get_job(job_id: int) -> Job:
    """A job by id."""
    job = db.session.get(Job, job_id)
    if job is None:
        raise NotFound("job", job_id)
    return job


def find_job_by_code(code: str) -> Job | None:
    """A job by its public code."""
    return db.session.scalar(select(Job).where(Job.code == code))


def find_job_by_dedupe_key(dedupe_key: str) -> Job | None:
    """The job of one cause."""
    return db.session.scalar(select(Job).where(Job.dedupe_key == dedupe_key))


def list_jobs(page: PageRequest, *, state: JobState | None = None) -> Page[Job]:
    """Jobs, newest first."""
    wanted = select(Job)
    if state is not None:
        wanted = wanted.where(Job.state == state)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(Job.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def count_jobs_by_state() -> dict[str, int]:
    """How many jobs are in each state."""
    rows = db.session.execute(
        select(Job.state, func.count()).group_by(Job.state).order_by(Job.state)
    )
    return {state.value: count for state, count in rows}


def lock_claimable_job(now: datetime) -> Job | None:
    """The job next in turn: due, or left behind by a runner whose lease ran out."""
    return db.session.scalar(
        select(Job)
        .where(_is_claimable(now))
        .order_by(Job.run_after, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def lock_job(job_id: int) -> Job:
    """A job, held until the end of the present transaction."""
    job = db.session.scalar(
        select(Job)
        .where(Job.id == job_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if job is None:
        raise NotFound("job", job_id)
    return job


def _is_claimable(now: datetime) -> ColumnElement[bool]:
    due = (Job.state == JobState.QUEUED) & (Job.run_after <= now)
    abandoned = (Job.state == JobState.RUNNING) & (Job.lease_until < now)
    return or_(due, abandoned)
