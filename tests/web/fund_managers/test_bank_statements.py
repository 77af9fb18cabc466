"""Bank statements are read by the office that keeps the account, and by those above it."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db, write_transaction
from marketplace.funds.models import BankAccount
from marketplace.funds.operations import open_bank_account
from marketplace.reconciliation.models import BankStatement, BreakProposal, ReconciliationBreak
from tests.factories.bank import make_camt053, make_entry
from tests.factories.people import make_administrator, make_jurisdiction, make_officer
from tests.factories.status_reports import make_status_report
from tests.pages import PageClient


@pytest.fixture
def offices(app, now):
    """Officers of a province, of two cities in it, and who they are signed in as."""
    with write_transaction():
        province = make_jurisdiction("990000")
        cities = [make_jurisdiction(code, parent=province) for code in ("990100", "990200")]
        logins = [make_officer(place).login for place in (province, *cities)]
    return [PageClient(app).speak("en").sign_in(login) for login in logins]


def _upload(
    browser,
    account: str,
    *,
    reference: str = "NOBODY-1",
    number: str = "1",
    expect: int = 200,
):
    content = make_camt053(
        [make_entry("1.00", reference=reference)], closing="999.00", key=reference
    ).replace(b"<Id>1</Id>", f"<Id>{number}</Id>".encode())
    data = {"file": (io.BytesIO(content), "day.xml"), "bank_account": account}
    return browser.post(
        "/fund/bank-statements", data, expect=expect, content_type="multipart/form-data"
    )


def _one(column):
    db.session.rollback()
    return db.session.scalars(select(column)).one()


def test_the_first_statement_gives_the_account_to_the_office_that_took_it_in(offices):
    province, city, neighbour = offices
    _upload(city, "CITY")
    code, item = _one(BankStatement.code), _one(ReconciliationBreak.code)
    for browser in (city, province):
        assert code in browser.get("/fund/bank-statements").get_data(as_text=True)
        browser.get(f"/fund/bank-statements/{code}")
        assert item in browser.get("/fund/reconciliation").get_data(as_text=True)
    assert code not in neighbour.get("/fund/bank-statements").get_data(as_text=True)
    neighbour.get(f"/fund/bank-statements/{code}", expect=404)


def test_a_stranger_neither_sees_nor_closes_a_difference(offices):
    province, city, neighbour = offices
    _upload(city, "CITY")
    item = _one(ReconciliationBreak.code)
    page = neighbour.get("/fund/reconciliation").get_data(as_text=True)
    assert item not in page
    neighbour.post(f"/fund/reconciliation/breaks/{item}/take", expect=404)
    form = {"kind": "bank_fee", "reason": "a bank fee"}
    neighbour.post(f"/fund/reconciliation/breaks/{item}/propose", form, expect=404)
    neighbour.get(f"/fund/reconciliation/breaks/{item}", expect=404)
    city.post(f"/fund/reconciliation/breaks/{item}/propose", form)
    proposal = _one(BreakProposal.code)
    neighbour.post("/fund/reconciliation/proposals/approve", {"code": proposal}, expect=404)
    province.post("/fund/reconciliation/proposals/approve", {"code": proposal})
    city.get("/fund/books/bank:fees/CITY.CNY")
    neighbour.get("/fund/books/bank:fees/CITY.CNY", expect=404)
    entry = _one(BreakProposal.entry_id)
    city.get(f"/fund/entries/{entry}")
    neighbour.get(f"/fund/entries/{entry}", expect=404)


def test_nobody_takes_a_statement_in_for_the_account_of_another_place(offices):
    _province, city, neighbour = offices
    _upload(city, "CITY")
    page = _upload(neighbour, "CITY", reference="NOBODY-2", expect=409).get_data(as_text=True)
    assert "The account CITY belongs to another place" in page
    assert _one(BankStatement.code)
    assert 'value="CITY"' in city.get("/fund/bank-statements").get_data(as_text=True)
    assert 'value="MAIN"' in neighbour.get("/fund/bank-statements").get_data(as_text=True)


def test_a_file_that_proves_nothing_gives_nobody_an_account(offices):
    city = offices[1]
    data = {"file": (io.BytesIO(b"no statement"), "day.xml"), "bank_account": "CITY"}
    city.post("/fund/bank-statements", data, expect=422, content_type="multipart/form-data")
    db.session.rollback()
    assert db.session.scalar(select(BankAccount)) is None


def test_an_account_of_the_whole_deployment_is_read_by_every_office(offices):
    with write_transaction():
        open_bank_account("SHARED", jurisdiction_id=None, actor_id=None)
    _upload(offices[1], "SHARED")
    code = _one(BankStatement.code)
    for browser in offices:
        browser.get(f"/fund/bank-statements/{code}")


def test_an_administrator_gives_an_account_to_another_place(app, offices):
    _province, city, neighbour = offices
    _upload(city, "CITY")
    code = _one(BankStatement.code)
    with write_transaction():
        make_administrator("the-admin")
    admin = PageClient(app).speak("en").sign_in("the-admin")
    assert "CITY" in admin.get("/admin/bank-accounts").get_data(as_text=True)
    admin.post("/admin/bank-accounts/CITY/place", {"place": "nowhere"})
    assert "No place has the code" in admin.get("/admin/bank-accounts").get_data(as_text=True)
    admin.post("/admin/bank-accounts/NONE/place", {"place": "990200"}, expect=404)
    admin.post("/admin/bank-accounts/CITY/place", {"place": "990200"})
    city.get(f"/fund/bank-statements/{code}", expect=404)
    neighbour.get(f"/fund/bank-statements/{code}")
    admin.post("/admin/bank-accounts/CITY/place", {"place": ""})
    city.get(f"/fund/bank-statements/{code}")
    db.session.rollback()
    events = select(AuditEvent.event).where(AuditEvent.subject_kind == "bank_account")
    placed = [event for event in db.session.scalars(events) if event == "bank_account.placed"]
    assert len(placed) == 2


def test_the_statement_of_another_account_is_not_mixed_in(offices):
    """Its balances could never follow, so that no month would close any more."""
    _province, city, _neighbour = offices
    _upload(city, "CITY", number="6200000011112222")
    other = {"reference": "NOBODY-2", "number": "6200000033334444"}
    page = _upload(city, "CITY", **other, expect=422).get_data(as_text=True)
    assert "is of account **** 4444, but those taken in under this name are of **** 2222" in page
    assert _one(BankStatement.bank_account_number) == "**** 2222"
    _upload(city, "CITY-2", **other)
    _upload(city, "CITY", reference="NOBODY-3", number="6222EUR")  # tells no digits: nothing to say


def test_an_answer_about_a_payment_file_is_shown_where_it_belongs(offices):
    _province, city, _neighbour = offices
    data = {"file": (io.BytesIO(make_status_report("PB-1", message="ACSC")), "answer.xml")}
    page = city.post(
        "/fund/bank-statements", data, expect=422, content_type="multipart/form-data"
    ).get_data(as_text=True)
    assert "taken in on the page of its batch" in page
