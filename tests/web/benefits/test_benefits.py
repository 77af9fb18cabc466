"""Benefits through the pages: an account named, two officers pay, the person sees why."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.operations import assemble_benefits
from marketplace.foundation.db import db, write_transaction
from marketplace.payouts.models import PayoutBatch
from marketplace.payouts.operations import send_payout_batch
from marketplace.people.models import User
from tests.factories.benefits import make_benefit_world
from tests.kept import kept
from tests.pages import PageClient

pytestmark = pytest.mark.sqlite
ICBC = "102100099996"


@pytest.fixture
@kept
def world(app, now):
    with write_transaction():
        return make_benefit_world()


def _login(user_id: int) -> str:
    return db.session.get_one(User, user_id).login


def _text(answer) -> str:
    return answer.get_data(as_text=True)


def test_a_person_names_an_account_and_two_officers_pay(app, world):
    person = PageClient(app).sign_in(_login(world.first.worker.user_id))
    assert "30" in _text(person.get("/me/benefits"))
    with write_transaction():
        assemble_benefits(actor_id=None)
    assert "/me/benefits/account" in _text(person.get("/me/"))
    assert "/me/benefits/account" in _text(person.get("/me/benefits"))
    person.get("/me/benefits/account")
    wrong = person.post(
        "/me/benefits/account",
        {"number": "6222020000000000001", "bank": "another", "bank_name": "", "bank_code": "1"},
        expect=422,
    )
    assert _text(wrong).count("field-error") >= 3
    person.post("/me/benefits/account", {"number": "99099 0000 0000 0042", "bank": ICBC})
    account = db.session.scalars(select(WorkerBankAccount)).one()
    assert (account.bank_code, account.number_masked[-4:]) == (ICBC, "0042")
    page = _text(person.get("/me/benefits"))
    assert "0042" in page
    assert "9909900000000042" not in page

    maker, checker = (
        PageClient(app).sign_in(_login(one))
        for one in (world.officers.maker_id, world.officers.checker_id)
    )
    benefit = db.session.scalars(
        select(Benefit.code).where(Benefit.worker_id == world.first.worker.id)
    ).first()
    assert benefit in _text(maker.get("/fund/benefits"))
    assert world.first.worker.name not in _text(maker.get(f"/fund/benefits/{benefit}"))
    nothing = maker.get("/fund/benefits?stage=ready")
    assert _text(nothing).count('name="benefit"') == 2
    maker.post("/fund/benefits/batches", {"rail": "bank_file"})
    assert db.session.scalar(select(PayoutBatch.id)) is None
    maker.post(
        "/fund/benefits/batches", {"rail": "bank_file", "benefit": ["BN-NOBODY"]}, expect=404
    )
    maker.post("/fund/benefits/batches", {"rail": "bank_file", "benefit": [benefit]})
    maker.post("/fund/benefits/batches", {"rail": "bank_file", "all": "1"})
    first, second = db.session.scalars(select(PayoutBatch).order_by(PayoutBatch.id))
    assert (first.payout_count, second.payout_count) == (1, 1)
    place = f"/fund/payout-batches/{first.code}"
    assert benefit in _text(checker.get(place))
    checker.post(f"{place}/approve")
    with write_transaction():
        send_payout_batch(first.id, actor_id=world.officers.maker_id)
    maker.get("/fund/payout-batches")
    sent = _text(maker.get(place))
    assert "0042" in sent
    assert world.first.worker.name not in sent
    assert "0042" in _text(person.get("/me/benefits"))

    waiting = db.session.scalars(
        select(Benefit.code).where(Benefit.worker_id == world.second.worker.id)
    ).first()
    maker.post(f"/fund/benefits/{waiting}/withdraw", {"reason": ""})
    maker.post(f"/fund/benefits/{waiting}/withdraw", {"reason": "未参加培训"})
    assert "未参加培训" in _text(maker.get(f"/fund/benefits/{waiting}"))
    other = PageClient(app).sign_in(_login(world.second.worker.user_id))
    assert "未参加培训" in _text(other.get("/me/benefits"))

    sheet = maker.get("/fund/benefits/export.csv").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(sheet)))
    assert len(rows) == 5
    assert "9909900000000042" not in sheet
    assert "0042" in sheet

    left = db.session.scalars(
        select(Benefit.code).where(
            Benefit.worker_id == world.second.worker.id, Benefit.code != waiting
        )
    ).one()
    counter = f"/fund/benefits/{left}/bank-account"
    checker.get(counter)
    checker.post(counter, {"number": "1", "bank": ICBC}, expect=422)
    checker.post(counter, {"number": "9909900000000077", "bank": ICBC})
    maker.post("/fund/benefits/batches", {"rail": "bank_file", "benefit": [left]})
    third = db.session.scalars(select(PayoutBatch).order_by(PayoutBatch.id.desc())).first()
    checker.post(f"/fund/payout-batches/{third.code}/approve")
    db.session.expire_all()
    assert third.state == "prepared"
