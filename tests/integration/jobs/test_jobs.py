"""The job table: enqueued with its cause, leased with a fence, taken up again after a death."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.jobs.operations import (
    LeaseLost,
    cancel_job,
    enqueue_job,
    fail_job,
    finish_job,
    hand_back_job,
    lease_job,
    report_progress,
    retry_job,
)
from marketplace.jobs.queries import get_job
from marketplace.jobs.states import JobState


def enqueue(**more) -> int:
    with write_transaction():
        return enqueue_job("thing", payload={"n": 1}, requested_by=None, **more).id


def lease():
    with write_transaction():
        return lease_job(lease_seconds=60)


def test_a_job_is_lost_with_its_cause(app, now):
    with pytest.raises(RuntimeError), write_transaction():
        enqueue_job("thing", payload={}, requested_by=None)
        raise RuntimeError
    assert lease() is None


def test_the_same_cause_enqueues_once(app, now):
    assert enqueue(dedupe_key="a") == enqueue(dedupe_key="a")
    assert enqueue(dedupe_key="b") != enqueue(dedupe_key="a")


def test_a_leased_job_is_nobody_elses(app, now):
    job_id = enqueue()
    held = lease()
    assert held.job_id == job_id
    assert lease() is None
    with write_transaction():
        report_progress(held, done=3, total=10, message="reading")
        finish_job(held, result={"rows": 10})
    job = get_job(job_id)
    assert (job.state, job.progress_done, job.result) == (JobState.DONE, 10, {"rows": 10})


def test_a_dead_runners_job_is_taken_up_and_its_old_lease_is_worthless(app, now):
    enqueue()
    old = lease()
    with clock.frozen(now + timedelta(seconds=61)):
        new = lease()
        assert (new.fence, new.attempt) == (2, 2)
        for act in (
            lambda: report_progress(old, done=1),
            lambda: finish_job(old, result=None),
            lambda: fail_job(old, error="x"),
        ):
            with pytest.raises(LeaseLost), write_transaction():
                act()
        with write_transaction():
            finish_job(new, result=None)


def test_a_report_keeps_the_lease(app, now):
    enqueue()
    held = lease()
    with clock.frozen(now + timedelta(seconds=50)), write_transaction():
        report_progress(held)
    with clock.frozen(now + timedelta(seconds=100)):
        assert lease() is None


def test_failures_pause_longer_and_end_after_the_last_attempt(app, now):
    job_id = enqueue(attempts_max=2)
    with write_transaction():
        fail_job(lease_job(), error="first")
    assert get_job(job_id).run_after == now + timedelta(seconds=5)
    assert lease() is None
    with clock.frozen(now + timedelta(seconds=6)), write_transaction():
        fail_job(lease_job(), error="second")
    job = get_job(job_id)
    assert (job.state, job.error) == (JobState.FAILED, "second")
    with write_transaction():
        retry_job(job_id)
    assert lease() is not None


def test_a_job_that_kills_its_runner_every_time_ends_as_failed(app, now):
    job_id = enqueue(attempts_max=2)
    for minute in (0, 2):
        with clock.frozen(now + timedelta(minutes=minute)):
            assert lease() is not None
    with clock.frozen(now + timedelta(minutes=4)):
        assert lease() is None
    assert get_job(job_id).state == JobState.FAILED


def test_a_runner_that_stops_in_order_costs_no_attempt(app, now):
    job_id = enqueue()
    with write_transaction():
        hand_back_job(lease_job())
    assert get_job(job_id).attempts == 0
    assert lease() is not None


def test_a_canceled_job_stops_at_its_next_report(app, now):
    job_id = enqueue()
    held = lease()
    with write_transaction():
        cancel_job(job_id)
    with pytest.raises(LeaseLost), write_transaction():
        report_progress(held)
    assert lease() is None


def test_a_job_that_has_ended_cannot_be_canceled(app, now):
    job_id = enqueue()
    with write_transaction():
        finish_job(lease_job(), result=None)
    with pytest.raises(Refused) as refused, write_transaction():
        cancel_job(job_id)
    assert refused.value.codes == ("job_not_cancelable",)
