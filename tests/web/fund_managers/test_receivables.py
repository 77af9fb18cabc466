"""Advances, clawbacks and alarms through the pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.funds.models import Fund
from marketplace.people.models import User
from marketplace.settlement.models import Advance, Clawback
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.funds import make_place
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer
from tests.factories.redemption import make_case
from tests.factories.settlement import Officers, make_approved_settlement
from tests.kept import kept
from tests.pages import PageClient


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return Officers(*(make_officer(make_place()).id for _number in range(2)))


@pytest.fixture
def browsers(app, officers):
    return [
        PageClient(app).sign_in(db.session.get_one(User, one).login)
        for one in (officers.maker_id, officers.checker_id)
    ]


def test_an_advance_is_prepared_signed_and_shown_to_the_institution(app, officers, browsers):
    maker, checker = browsers
    with write_transaction():
        institution = make_accredited_institution(jurisdiction_id=make_place().id)
        case = make_case(course_run=make_open_course_run(make_listed_course(institution)))
        staff, run_id = case.staff.login, case.run.id
    assert case.run.code in maker.get("/fund/advances").get_data(as_text=True)
    maker.post("/fund/advances", {"course_run_id": str(run_id), "amount": "1e3"})
    assert "refusal" in maker.get("/fund/advances").get_data(as_text=True)
    maker.post("/fund/advances", {"course_run_id": "0", "amount": "1"}, expect=404)
    maker.post("/fund/advances", {"course_run_id": str(run_id), "amount": "100"})
    advance = db.session.scalars(select(Advance)).one()
    settlement = maker.get("/fund/settlements").get_data(as_text=True)
    assert "100.00" in settlement
    code = next(part for part in settlement.split('"') if part.startswith("/fund/settlements/ST-"))
    assert advance.code in checker.get(code).get_data(as_text=True)
    checker.post(f"{code}/approve")
    checker.get("/fund/advances")
    statement = PageClient(app).sign_in(staff).get("/institution/statement-of-account")
    assert advance.code in statement.get_data(as_text=True)


def test_a_clawback_is_prepared_on_the_settlement_and_signed_by_another(app, officers, browsers):
    maker, checker = browsers
    with write_transaction():
        settlement = make_approved_settlement(
            officers, (100_000,), jurisdiction_id=make_place().id
        ).code
    form = {"amount": "300.00", "instalments": "3", "reason": "冒名顶替"}
    maker.get(f"/fund/settlements/{settlement}")
    maker.post(f"/fund/settlements/{settlement}/clawbacks", form | {"instalments": "x"})
    maker.post(f"/fund/settlements/{settlement}/clawbacks", form)
    code = db.session.scalars(select(Clawback.code)).one()
    maker.post(f"/fund/clawbacks/{code}/approve")
    assert "refusal" in maker.get(f"/fund/clawbacks/{code}").get_data(as_text=True)
    checker.get(f"/fund/clawbacks/{code}")
    checker.post(f"/fund/clawbacks/{code}/approve")
    page = checker.get(f"/fund/clawbacks/{code}").get_data(as_text=True)
    assert page.count("100.00") >= 3
    assert code in maker.get("/fund/clawbacks").get_data(as_text=True)


def test_the_fund_page_points_out_what_is_used(app, officers, browsers):
    with write_transaction():
        make_approved_settlement(officers, (100_000,), jurisdiction_id=make_place().id)
    code = db.session.scalars(select(Fund.code)).first()
    browsers[0].get(f"/fund/funds/{code}")
