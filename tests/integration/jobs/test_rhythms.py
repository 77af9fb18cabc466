"""Work that comes round by itself: asked for once in each stretch of time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from marketplace.cli.runner import Runner
from marketplace.cli.work import seal_books
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.jobs.models import Job
from marketplace.ledger.sealing.verify import verify_seals
from tests.factories import ledger as books


def _asked() -> int:
    return db.session.scalar(
        select(func.count()).select_from(Job).where(Job.kind == seal_books.KIND)
    )


def test_each_stretch_is_asked_for_once_by_however_many_runners(app, now):
    for _runner in range(2):
        runner = Runner(app)
        runner.enqueue_due()
        runner.enqueue_due()
    assert _asked() == 1
    with clock.frozen(now + timedelta(minutes=10)):
        Runner(app).enqueue_due()
    assert _asked() == 2


def test_the_runner_seals_the_books(app, now):
    with write_transaction():
        books.funded(100)
    runner = Runner(app)
    runner.enqueue_due()
    runner.run_until_empty(once=False)
    report = verify_seals()
    assert (report.ok, report.entries, report.unsealed) == (True, 2, 0)


@pytest.mark.sqlite
def test_sqlite_knows_its_tables_once_the_runner_has_looked(app, now):
    with write_transaction():
        books.funded(100)
    runner = Runner(app)
    runner.enqueue_due()
    runner.run_until_empty(once=False)
    known = set(db.session.scalars(text("SELECT DISTINCT tbl FROM sqlite_stat1")))
    assert {"posting", "journal_entry"} <= known
