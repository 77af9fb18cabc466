"""A process killed between posting and commit leaves nothing; the retry redeems once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.models import JournalEntry, Posting
from marketplace.redemption.operations.redeem import redeem_voucher
from tests.conftest import NOW, TEST_KEYS, address_of_database
from tests.factories.redemption import make_ready_case

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import json, os, signal, sys
from datetime import datetime
from marketplace.app import create_app
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.redemption.operations import redeem

points, voucher_id, institution_id, at = sys.argv[1:]

def redeem_and_die(app, point):
    original = getattr(redeem, point)

    def die(*args, **kwargs):
        original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(redeem, point, die)
    if point != "write_at_once":
        redeem.write_at_once = lambda *_what, **_by: None
    with app.app_context(), clock.frozen(datetime.fromisoformat(at)), write_transaction():
        redeem.redeem_voucher(int(voucher_id), institution_id=int(institution_id), actor_id=None)

app = create_app()
for point in points.split():
    child = os.fork()
    if child == 0:
        try:
            redeem_and_die(app, point)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([point, status]), flush=True)
    sys.stdin.readline()
"""
"""Starts once and dies at each point in a fork; waits after each until the test has looked."""


def counts() -> tuple[int, int]:
    db.session.rollback()
    entries = db.session.scalar(
        select(func.count())
        .select_from(JournalEntry)
        .where(JournalEntry.kind == "voucher.redeemed")
    )
    return entries or 0, db.session.scalar(select(func.count()).select_from(Posting)) or 0


# On PostgreSQL all of it is one statement, unless the books make it go step by step.
POINTS = ["write_at_once", "post_entries", "_save_redemptions", "mark_vouchers_redeemed", "_record"]


def test_killed_at_any_point_nothing_is_kept_and_the_retry_redeems_once(app, now, tmp_path):
    with write_transaction():
        case = make_ready_case()
        voucher_id, institution_id = case.voucher.id, case.institution.id
    before = counts()
    db.session.remove()
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": address_of_database(app),
        "FIELD_KEYS": TEST_KEYS,
        "SECRET_KEY": "test",
        "VAR_DIR": str(tmp_path),
    }
    arguments = [" ".join(POINTS), str(voucher_id), str(institution_id), NOW.isoformat()]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, *arguments],
        env=environ,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as dying:
        for point in POINTS:
            told = dying.stdout.readline()
            assert json.loads(told) == [point, -signal.SIGKILL]
            assert counts() == before, f"nothing of it was kept after {point}"
            db.session.remove()
            dying.stdin.write("\n")
            dying.stdin.flush()
    assert dying.returncode == 0
    for _retry in range(2):
        with write_transaction():
            redeem_voucher(voucher_id, institution_id=institution_id, actor_id=None)
    assert counts() == (1, before[1] + 2)
