"""kill -9 on the way from a settled month to the bank's answer: nothing doubled, lost, half done.

A month is settled, signed, put into a batch, signed, sent, answered by the bank, matched. Each of
these is killed at every statement, commit and moment after it in turn, and tried again until it
is through. The suite takes a sample of the moments; `KILLS=1000 pytest <this file>` takes all,
month after month.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.checks import CHECKS
from marketplace.ledger.models import JournalEntry, Posting
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.operations import open_payout_file
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.reconciliation.models import StatementLine
from marketplace.settlement.models import Settlement
from tests.conftest import NOW, TEST_KEYS, address_of_database
from tests.factories.settlement import make_earning_institution, make_officers

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("KILLS", "0"))
STRIDE = 1 if KILLS else 29
COUNTED = (JournalEntry, Posting, Settlement, Payout, PayoutAttempt, PayoutBatch, StatementLine)
STATES = (Settlement, Payout, PayoutBatch, StatementLine)


class Dying:
    """The process that dies on order."""

    def __init__(self, app, folder) -> None:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": address_of_database(app),
            "FIELD_KEYS": TEST_KEYS,
            "SECRET_KEY": "test",
            "VAR_DIR": str(folder),
            "PAYER_NAME": "演示市就业服务中心",
            "PAYER_ACCOUNT": "9900000000000001",
            "PAYER_BANK_CODE": "999100000009",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.dying", NOW.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
            cwd=ROOT,
        )

    def order(self, step, arguments, *, at, careless=False):
        order = {"step": step, "arguments": arguments, "at": at, "careless": careless}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def dying(app, now, tmp_path):
    db.session.remove()
    process = Dying(app, tmp_path)
    yield process
    process.process.communicate(timeout=60)


def _seen():
    """What is there: rows, their states and the money of every account."""
    db.session.rollback()
    rows = [db.session.scalar(select(func.count()).select_from(kind)) for kind in COUNTED]
    states = [db.session.scalars(select(kind.state).order_by(kind.id)).all() for kind in STATES]
    db.session.rollback()
    return rows, [[str(state) for state in of_kind] for of_kind in states]


def _violations():
    found = [violation for check in CHECKS for violation in check()]
    db.session.rollback()
    return found


class Month:
    """One institution's November, killed on its way."""

    def __init__(self, dying: Dying, officers, offset: int) -> None:
        self.dying, self.officers, self.offset = dying, officers, offset
        self.kills: list[str] = []

    def walk(self, *, careless: str = "") -> None:
        """Every step until it is through; each kill leaves all or nothing."""
        with write_transaction():
            subject = make_earning_institution(self.officers).id
        db.session.remove()
        for step in ("settle", "approve", "prepare", "sign", "send"):
            subject = self.through(step, subject, careless=step == careless)
        statement = self._statement(subject)
        for step in ("bank", "match"):
            self.through(step, statement)
        assert _violations() == []

    def through(self, step: str, subject, *, careless: bool = False):
        """Kill the step at one moment after the other; what it answers at last."""
        arguments = [subject, self.officers.maker_id, self.officers.checker_id]
        before, moment, through = _seen(), 1 + self.offset, False
        while True:
            told = self.dying.order(step, arguments, at=moment, careless=careless)
            after = _seen()
            if not told["killed"]:
                break
            self.kills.append(f"{step}: {told['point']}")
            if told["point"] != "after commit":
                assert after == before, f"{step}, killed at {told['point']}: half of it is there"
            elif after != before:
                before, through = after, True  # whoever asks again changes nothing
            moment += 3 if careless else STRIDE
        if through:
            assert after == before, f"{step}: done twice"
        else:
            assert told["refused"] == [] and after != before, f"{step}: {told['refused']}"
        again = self.dying.order(step, arguments, at=0)
        assert _seen() == after, f"{step} a second time changed something"
        return told["answer"] or again["answer"] or self._found(step, subject)

    def _found(self, step: str, subject):
        """What a step made before it was killed after its commit, when it refuses to say."""
        if step == "prepare":
            attempt = select(PayoutAttempt.batch_id).join(
                Payout, Payout.id == PayoutAttempt.payout_id
            )
            return db.session.scalars(attempt.where(Payout.settlement_id == subject)).one()
        if step == "settle":
            return db.session.scalars(
                select(Settlement.id).where(Settlement.institution_id == subject)
            ).one()
        return subject

    def _statement(self, batch_id: int) -> str:
        batch = db.session.get(PayoutBatch, batch_id)
        content = answer_batch_file(open_payout_file(batch).content)
        db.session.rollback()
        return base64.b64encode(content).decode()


@pytest.fixture
def officers(dying):
    with write_transaction():
        return make_officers()


def test_a_month_killed_anywhere_is_paid_once(dying, officers):
    kills: list[str] = []
    months = 0
    while months == 0 or len(kills) < KILLS:
        month = Month(dying, officers, offset=months % STRIDE)
        month.walk()
        months += 1
        kills += month.kills
    states = {str(state) for state in db.session.scalars(select(Payout.state))}
    assert states == {"confirmed"}
    assert db.session.scalar(select(func.count()).select_from(PayoutAttempt)) == months
    print(f"{len(kills)} kills, {len(set(kills))} different moments, {months} months")
    # The control: were a payment booked before its batch is marked as sent, a kill shows it.
    with pytest.raises(AssertionError, match=r"half of it|done twice"):
        Month(dying, officers, offset=0).walk(careless="send")
