"""kill -9 or a polite stop in the middle of an import: nothing lost, nothing doubled."""

from __future__ import annotations

import csv
import io
import signal
import time
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.import_requests import ImportOrder, request_import
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.imports.models import ImportProblem, ImportRun
from marketplace.imports.operations import POSITION
from marketplace.institutions.models import Accreditation, Institution
from marketplace.jobs.models import Job
from marketplace.jobs.states import JobState
from tests.warm import Running, WarmProduct

ROWS = 400
COLUMNS = ("programid", "providerid", "officialname", "statusname", "totalcost", "tuition",
           "name", "providerstatusname", "zip")  # fmt: skip


def content() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number in range(ROWS):
        fee = "-1" if number % 7 == 0 else "1000"
        writer.writerow(
            [number, number % 31, f"Course {number}", "Approved", "1000", fee,
             f"School {number % 31}", "Approved", "7001"]
        )  # fmt: skip
    return text.getvalue().encode()


@pytest.fixture
def warm(app) -> WarmProduct:
    product = WarmProduct(app, IMPORT_PIECE_ROWS="20")
    yield product
    product.stop()


def start_runner(warm: WarmProduct, **env: str) -> Running:
    return warm.start("jobs", "run", "--until-empty", "--lease", "60", **env)


def position() -> int:
    db.session.rollback()
    counts = db.session.scalar(select(ImportRun.counts))
    return int((counts or {}).get(POSITION, 0))


def kill_in_the_middle(warm: WarmProduct) -> int:
    """Start a runner and kill it once some pieces are saved; returns how far it was."""
    before = position()
    runner = start_runner(warm, IMPORT_PIECE_PAUSE="0.05")
    deadline = time.monotonic() + 60
    while position() < before + 60 and time.monotonic() < deadline:
        assert runner.poll() is None, "the runner ended before it could be killed"
        time.sleep(0.04)
    runner.send_signal(signal.SIGKILL)
    assert runner.wait() == -signal.SIGKILL
    return position()


def let_the_lease_run_out(job_id: int) -> None:
    """As if its time were over: nobody extends the lease of a runner that is dead."""
    with write_transaction():
        job = db.session.get_one(Job, job_id)
        assert job.lease_until, "the dead runner still holds it"
        job.lease_until = clock.now() - timedelta(seconds=1)


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def totals() -> tuple[int, ...]:
    return tuple(map(count, (Course, CourseVersion, Institution, Accreditation, ImportProblem)))


@pytest.mark.slow
def test_an_import_killed_twice_ends_as_if_it_had_never_been(app, warm):
    order = ImportOrder("catalog", "us-nj-etpl", date(2021, 4, 6), True, "USD")
    with write_transaction():
        job_id = request_import(order, files=[("courses.csv", content())], actor_id=None).id

    first = kill_in_the_middle(warm)
    assert 0 < first < ROWS
    let_the_lease_run_out(job_id)
    second = kill_in_the_middle(warm)
    assert first < second < ROWS, "the second runner went on where the first stood"
    let_the_lease_run_out(job_id)
    assert start_runner(warm).wait(timeout=120) == 0

    db.session.rollback()
    job = db.session.get(Job, job_id)
    assert (job.state, job.attempts) == (JobState.DONE, 3)
    assert count(ImportRun) == 1
    run = db.session.scalar(select(ImportRun))
    assert run.counts["rows"] == run.counts["courses.added"] == ROWS
    assert run.counts["institutions.added"] == 31
    unknown_fees, without_hours, made, header = (ROWS + 6) // 7, ROWS, 31, 1
    lost_zeros = ROWS
    problems = unknown_fees + without_hours + lost_zeros + made + header
    assert totals() == (ROWS, ROWS, 31, 31, problems)
    place = (ImportProblem.row_number, ImportProblem.code, ImportProblem.field)
    doubled = db.session.execute(select(*place).group_by(*place).having(func.count() > 1)).all()
    assert doubled == []


@pytest.mark.slow
def test_a_runner_asked_to_stop_finishes_its_piece_and_ends_well(app, warm):
    order = ImportOrder("catalog", "us-nj-etpl", date(2021, 4, 6), True, "USD")
    with write_transaction():
        job_id = request_import(order, files=[("courses.csv", content())], actor_id=None).id
    runner = start_runner(warm, IMPORT_PIECE_PAUSE="0.05")
    deadline = time.monotonic() + 60
    while position() < 60 and time.monotonic() < deadline:
        assert runner.poll() is None, "the runner ended before it was asked to"
        time.sleep(0.04)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(timeout=30) == 0

    stopped_at = position()
    assert 0 < stopped_at < ROWS
    assert stopped_at % 20 == 0, "the piece was finished"
    assert db.session.get(Job, job_id).state == JobState.QUEUED, "handed back, not lost"
    assert start_runner(warm).wait(timeout=120) == 0
    db.session.rollback()
    run = db.session.scalar(select(ImportRun))
    assert run.counts["rows"] == count(Course) == ROWS
