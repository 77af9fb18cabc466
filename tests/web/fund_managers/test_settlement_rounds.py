"""A month of all institutions on the pages and from the command line."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from marketplace.cli.runner import Runner
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.settlement.models import Settlement, SettlementRound
from marketplace.settlement.states import SettlementState
from tests.factories.people import make_officer
from tests.factories.settlement import Officers, make_earning_institution
from tests.pages import PageClient


@pytest.fixture
def officers(app, now):
    with write_transaction():
        made = [make_officer() for _ in range(2)]
        officers = Officers(made[0].id, made[1].id)
        for name, amounts in (("甲校", (100, 250)), ("乙校", (700,))):
            make_earning_institution(officers, amounts, name=name)
        return officers


@pytest.fixture
def logins(officers):
    return [
        db.session.get_one(User, user_id).login
        for user_id in (officers.maker_id, officers.checker_id)
    ]


def test_two_officers_settle_a_month_of_all_institutions(app, logins):
    maker, checker = (PageClient(app).speak("en").sign_in(login) for login in logins)
    assert "Prepare all 2" in maker.get("/fund/settlements?period=2026-11").get_data(as_text=True)
    made = maker.post("/fund/settlements/all", {"period": "2026-11"})
    page = maker.get(made.location).get_data(as_text=True)
    assert 'http-equiv="refresh"' in page
    assert "0 / 2" in page
    Runner(app).run_until_empty(once=False)
    page = maker.get(made.location).get_data(as_text=True)
    assert 'http-equiv="refresh"' not in page
    assert "¥10.50" in page
    nothing = maker.get("/fund/settlements/sign?period=2026-11").get_data(as_text=True)
    assert "Nothing waits for your signature" in nothing
    page = checker.get("/fund/settlements/sign?period=2026-11").get_data(as_text=True)
    assert "First month of this institution" in page
    assert " checked" not in page  # each is to be opened first
    checker.get("/fund/settlements/sign?period=2026-99", expect=404)
    checker.post("/fund/settlements/sign", {"period": "2026-11", "code": "ST-NOBODY"}, expect=404)
    empty = checker.post("/fund/settlements/sign", {"period": "2026-11"})
    assert "Choose at least one" in checker.get(empty.location).get_data(as_text=True)
    codes = db.session.scalars(select(Settlement.code)).all()
    signed = checker.post("/fund/settlements/sign", {"period": "2026-11", "code": list(codes)})
    Runner(app).run_until_empty(once=False)
    db.session.rollback()
    assert set(db.session.scalars(select(Settlement.state))) == {SettlementState.APPROVED}
    assert "甲校" in checker.get(f"{signed.location}?outcome=done").get_data(as_text=True)
    assert "甲校" not in checker.get(f"{signed.location}?outcome=refused").get_data(as_text=True)
    csv = checker.get(f"{signed.location}/items.csv").get_data(as_text=True)
    assert '"甲校","3.50","CNY"' in csv


def test_the_same_from_the_command_line(app, logins):
    maker, checker = logins

    def told(*arguments: str, ends: int = 0):
        done = app.test_cli_runner().invoke(args=["settlements", *arguments, "--json"])
        assert done.exit_code == ends, done.output
        return json.loads(done.stdout)

    month = ("--month", "2026-11")
    assert told("prepare", *month, "--by", maker, "--dry-run")["amounts_fen"] == {"CNY": 1_050}
    assert db.session.scalars(select(SettlementRound.id)).all() == []
    assert told("prepare", *month, "--by", maker)["done"] == 2
    waiting = told("list", *month, "--by", checker)["settlements"]
    assert [one["amount_fen"] for one in waiting] == [700, 350]
    assert told("list", *month, "--by", maker)["settlements"] == []
    # Nothing is like a month before: there was none.
    refused = told("approve", *month, "--by", checker, ends=1)["refused"]
    assert [one["code"] for one in refused] == ["round_nothing_chosen"]
    signed = told("approve", waiting[0]["settlement"], *month, "--by", checker)
    assert (signed["done"], signed["amounts_fen"]) == (1, {"CNY": 700})
    assert told("approve", *month, "--by", checker, "--all")["done"] == 1
    for wrong in (("prepare", "--month", "2026-13"), ("prepare", "--month", "2026-10")):
        assert "refused" in told(*wrong, "--by", maker, ends=1)
