"""The runner: leases jobs one by one and does their work; safe to kill at any moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Any

import structlog
from flask import Flask

from marketplace.cli.answers import refusal_lines
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.discovery import load_modules
from marketplace.foundation.errors import Refused
from marketplace.foundation.lasting import set_aside
from marketplace.jobs.operations import (
    LEASE_SECONDS,
    Lease,
    LeaseLost,
    enqueue_job,
    fail_job,
    finish_job,
    hand_back_job,
    lease_job,
    report_progress,
)

log = structlog.get_logger()


class Interrupted(Exception):
    """The runner was asked to stop; the work so far is saved and goes on elsewhere."""


@dataclass(slots=True)
class RunningJob:
    """What a work module may use: the payload, and a way to say how far it is."""

    lease: Lease
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def payload(self) -> dict[str, Any]:
        return self.lease.payload

    def hold(
        self, *, done: int | None = None, total: int | None = None, message: str | None = None
    ) -> None:
        """Inside a write transaction: fence it with the lease and note the progress."""
        report_progress(self.lease, done=done, total=total, message=message)

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Between transactions: note the progress, stop here if the runner was asked to."""
        with write_transaction():
            self.hold(done=done, total=total, message=message)
        self.checkpoint()

    def checkpoint(self) -> None:
        """A point where the work may be interrupted without loss."""
        if self.stop.is_set():
            raise Interrupted


Work = Callable[[RunningJob], dict[str, Any] | None]


def load_rhythms() -> dict[str, timedelta]:
    """Kinds of work that come round by themselves: modules of `cli/work` that say `EVERY`."""
    modules = load_modules("marketplace.cli.work")
    return {module.KIND: module.EVERY for module in modules if hasattr(module, "EVERY")}


def load_work() -> dict[str, Work]:
    """Every kind of work, from the modules of `cli/work`."""
    return {module.KIND: module.work for module in load_modules("marketplace.cli.work")}


class Runner:
    """Serves the job table until told to stop."""

    def __init__(self, app: Flask, *, lease_seconds: int = LEASE_SECONDS) -> None:
        self.app = app
        self.lease_seconds = lease_seconds
        self.stop = threading.Event()
        self.works = load_work()
        self.rhythms = load_rhythms()
        self.asked: dict[str, int] = {}

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT end the present job at its next checkpoint, in good order."""

        def ask(_number: int, _frame: FrameType | None) -> None:
            self.stop.set()

        signal.signal(signal.SIGTERM, ask)
        signal.signal(signal.SIGINT, ask)

    def run_next(self) -> bool:
        """Do one job; false when none is due."""
        with write_transaction():
            lease = lease_job(lease_seconds=self.lease_seconds)
        if lease is None:
            return False
        log.info("job_started", job=lease.code, kind=lease.kind, attempt=lease.attempt)
        try:
            self._attempt(lease)
        except LeaseLost:
            log.warning("job_lease_lost", job=lease.code)
        return True

    def run_until_empty(self, *, once: bool) -> int:
        """Do what is due; returns how many jobs were taken up."""
        count = 0
        while not self.stop.is_set() and self.run_next():
            count += 1
            if once:
                break
        return count

    def enqueue_due(self) -> None:
        """Ask for the work of this stretch of time; the same stretch is asked for once."""
        now = clock.now()
        for kind, every in self.rhythms.items():
            stretch = int(now.timestamp() // every.total_seconds())
            if self.asked.get(kind) != stretch:
                with write_transaction():
                    enqueue_job(kind, payload={}, requested_by=None, dedupe_key=f"{kind}:{stretch}")
                self.asked[kind] = stretch

    def run_forever(self, poll_seconds: float) -> None:
        """Serve until a signal comes."""
        set_aside()
        while not self.stop.is_set():
            self.enqueue_due()
            if not self.run_next():
                db.session.remove()
                self.stop.wait(poll_seconds)

    def _attempt(self, lease: Lease) -> None:
        beat = threading.Event()
        heart = threading.Thread(target=self._keep_lease, args=(lease, beat), daemon=True)
        heart.start()
        try:
            self._do(lease)
        finally:
            beat.set()
            heart.join(timeout=5)
            db.session.remove()

    def _do(self, lease: Lease) -> None:
        work = self.works.get(lease.kind)
        if work is None:
            self._fail(lease, f"no work is known for kind {lease.kind!r}", is_final=True)
            return
        try:
            result = work(RunningJob(lease, self.stop))
        except Interrupted:
            with write_transaction():
                hand_back_job(lease)
        except LeaseLost:
            raise
        except Refused as refused:
            self._refuse(lease, refused)
        except Exception as error:  # the job's failure is its state, not the runner's end
            log.exception("job_failed", job=lease.code)
            self._fail(lease, f"{type(error).__name__}: {error}", is_final=False)
        else:
            with write_transaction():
                finish_job(lease, result=result)
            log.info("job_done", job=lease.code)

    def _refuse(self, lease: Lease, refused: Refused) -> None:
        reasons = [
            {
                "code": reason.code,
                "params": {name: str(reason.params[name]) for name in reason.params},
            }
            for reason in refused.refusals
        ]
        text = " ".join(refusal_lines(refused))
        with write_transaction():
            fail_job(lease, error=text, is_final=True, result={"refused": reasons})

    def _fail(self, lease: Lease, error: str, *, is_final: bool) -> None:
        with write_transaction():
            fail_job(lease, error=error, is_final=is_final)

    def _keep_lease(self, lease: Lease, beat: threading.Event) -> None:
        """Heartbeats, so that a long step between two reports does not lose the job."""
        with self.app.app_context():
            while not beat.wait(self.lease_seconds / 3):
                with suppress(Exception), write_transaction():
                    report_progress(lease)
                db.session.remove()
