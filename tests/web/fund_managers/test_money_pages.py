"""Two officers take earned money to the bank and back through the pages alone."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from marketplace.cli.matching import book_found
from marketplace.foundation.db import db, write_transaction
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.operations import open_payout_file
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.payouts.states import PayoutState
from marketplace.people.models import User
from marketplace.reconciliation.models import BankStatement, BreakProposal, ReconciliationBreak
from marketplace.reconciliation.operations import matching
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.settlement.models import Settlement
from marketplace.settlement.operations import prepare_settlement
from tests.factories.bank import make_camt053, make_entry
from tests.factories.people import make_jurisdiction, make_officer
from tests.factories.settlement import (
    Officers,
    make_earning_institution,
    make_sent_batch,
)
from tests.kept import kept
from tests.pages import PageClient


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        makers = [make_officer() for _ in range(2)]
        return Officers(makers[0].id, makers[1].id)


@pytest.fixture
def browsers(app, now, officers):
    return [
        PageClient(app).sign_in(db.session.get_one(User, user_id).login)
        for user_id in (officers.maker_id, officers.checker_id)
    ]


def _code(model) -> str:
    return db.session.scalars(select(model.code).order_by(model.id.desc()).limit(1)).one()


def _upload(browser, content: bytes, expect: int):
    data = {"file": (io.BytesIO(content), "day.xml"), "bank_account": "MAIN"}
    return browser.post(
        "/fund/bank-statements", data, expect=expect, content_type="multipart/form-data"
    )


def test_the_loop_from_earned_to_reconciled(app, officers, browsers, monkeypatch):
    maker, checker = browsers
    monkeypatch.setitem(app.config, "DEMO", True)
    with write_transaction():
        institution = make_earning_institution(officers, name="长青职业培训学校")
    page = maker.get("/fund/settlements?period=2026-11").get_data(as_text=True)
    assert "长青职业培训学校" in page
    assert "2,000.50" in page
    maker.post("/fund/settlements", {"institution_id": str(institution.id), "period": "2026-11"})
    settlement = _code(Settlement)
    maker.post(f"/fund/settlements/{settlement}/approve")
    assert db.session.scalars(select(Settlement.decided_by)).all() == [None]
    assert "refusal" in maker.get(f"/fund/settlements/{settlement}").get_data(as_text=True)
    checker.get(f"/fund/settlements/{settlement}")
    checker.post(f"/fund/settlements/{settlement}/approve")
    settlement_id = db.session.scalars(select(Settlement.id)).one()
    maker.get("/fund/payout-batches")
    maker.post("/fund/payout-batches", {"settlement_id": str(settlement_id), "rail": "bank_file"})
    batch = _code(PayoutBatch)
    maker.get(f"/fund/payout-batches/{batch}/file", expect=409)
    checker.post(f"/fund/payout-batches/{batch}/approve")
    checker.get(f"/fund/payout-batches/{batch}")
    maker.post(f"/fund/payout-batches/{batch}/send")
    first = maker.get(f"/fund/payout-batches/{batch}/file").get_data()
    maker.post(f"/fund/payout-batches/{batch}/send")
    assert checker.get(f"/fund/payout-batches/{batch}/file").get_data() == first
    maker.get(f"/fund/payout-batches/{batch}/demo-bank")
    answer = maker.get(f"/fund/payout-batches/{batch}/demo-bank/statement").get_data()
    _upload(maker, answer, 200)
    db.session.rollback()
    assert get_reconciliation().unexplained_fen == 0
    assert db.session.scalars(select(Payout.state)).all() == [PayoutState.CONFIRMED]
    maker.get("/fund/reconciliation")
    maker.get(f"/fund/bank-statements/{_code(BankStatement)}")
    statement = maker.get(f"/fund/books/payable:institution/{institution.code}")
    assert "/fund/entries/" in statement.get_data(as_text=True)
    paid = db.session.scalars(select(PayoutAttempt.outcome_entry_id)).one()
    way = maker.get(f"/fund/entries/{paid}").get_data(as_text=True)
    for step in (f"settlements/{settlement}", f"payout-batches/{batch}", _code(BankStatement)):
        assert step in way  # from the bank's line back to the settlement it paid
    csv = maker.get(f"/fund/books/payable:institution/{institution.code}/csv")
    assert "2000.50" in csv.get_data(as_text=True)


def test_many_lines_are_shown_as_found_until_the_runner_has_booked_them(
    officers, browsers, monkeypatch
):
    maker, _checker = browsers
    monkeypatch.setattr(matching, "BOOKED_ON_A_PAGE_MAX", 0)
    with write_transaction():
        batch = make_sent_batch(officers, (120_000,))
    _upload(maker, answer_batch_file(open_payout_file(batch).content), 200)
    payout, statement = _code(Payout), _code(BankStatement)
    shown = maker.get(f"/fund/bank-statements/{statement}").get_data(as_text=True)
    assert "已找到对应拨付，正在入账" in shown
    assert payout in shown
    assert "正在入账" in maker.get("/fund/reconciliation").get_data(as_text=True)
    assert get_reconciliation().unexplained_fen == 120_000
    maker.post("/fund/reconciliation/run")
    assert "1 条明细正在入账" in maker.get("/fund/reconciliation").get_data(as_text=True)
    book_found()
    assert get_reconciliation().unexplained_fen == 0
    shown = maker.get(f"/fund/bank-statements/{statement}").get_data(as_text=True)
    assert "正在入账" not in shown
    assert payout in shown


def test_the_demo_bank_exists_in_demo_mode_only(officers, browsers):
    with write_transaction():
        batch = make_sent_batch(officers).code
    browsers[0].get(f"/fund/payout-batches/{batch}/demo-bank", expect=404)
    browsers[0].get(f"/fund/payout-batches/{batch}/demo-bank/statement", expect=404)


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"<a", make_camt053([make_entry("1.00")]), make_camt053([], namespace="")],
)
def test_a_bad_file_is_explained_on_the_page(browsers, content):
    page = _upload(browsers[0], content, 422)
    assert "problems-title" in page.get_data(as_text=True)
    assert db.session.scalars(select(BankStatement.id)).all() == []


def test_a_difference_is_settled_by_two_officers(browsers):
    entries = [
        make_entry("8.00"),
        make_entry("7.50", details="<TxDtls><RmtInf><Ustrd>手续费</Ustrd></RmtInf></TxDtls>"),
    ]
    _upload(browsers[0], make_camt053(entries, closing="984.50"), 200)
    maker, checker = browsers
    codes = db.session.scalars(
        select(ReconciliationBreak.code).order_by(ReconciliationBreak.id)
    ).all()
    page = maker.get("/fund/reconciliation").get_data(as_text=True)
    assert all(f'value="{code}" form="take"' in page for code in codes)
    maker.get(f"/fund/reconciliation/breaks/{codes[1]}")
    address = f"/fund/reconciliation/breaks/{codes[0]}/propose"
    maker.post(address, {"kind": "bank_fee", "reason": " "})
    maker.post(address, {"kind": "nonsense", "reason": "费用"})
    assert _proposals() == []
    maker.post(address, {"kind": "bank_fee", "reason": "年费"})
    maker.post(f"/fund/reconciliation/breaks/{codes[1]}/take")
    maker.post("/fund/reconciliation/breaks/propose", {"code": codes[1], "reason": "手续费"})
    chosen = _proposals()
    maker.post("/fund/reconciliation/proposals/approve", {"code": chosen})
    assert get_reconciliation().unexplained_fen == 1_550
    checker.get("/fund/reconciliation/proposals?kind=bank_fee")
    checker.post("/fund/reconciliation/proposals/approve", {"code": chosen})
    db.session.rollback()
    assert get_reconciliation().unexplained_fen == 0
    checker.get("/fund/reconciliation?state=explained")
    checker.get(f"/fund/reconciliation/breaks/{codes[0]}")


def _proposals() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(BreakProposal.code).order_by(BreakProposal.id)))


def test_sending_back_gives_the_reason_to_the_other(officers, browsers):
    with write_transaction():
        institution = make_earning_institution(officers)
        code = prepare_settlement(
            institution.id, period_code="2026-11", actor_id=officers.maker_id
        ).code
    browsers[1].post(f"/fund/settlements/{code}/reject", {"reason": "缺签到"})
    assert "缺签到" in browsers[0].get(f"/fund/settlements/{code}").get_data(as_text=True)


def test_officers_of_another_place_see_none_of_it(app, now, officers):
    with write_transaction():
        here = make_jurisdiction("990100", name="甲市")
        there = make_jurisdiction("990200", name="乙市")
        institution = make_earning_institution(officers, jurisdiction_id=here.id)
        code = prepare_settlement(
            institution.id, period_code="2026-11", actor_id=officers.maker_id
        ).code
        stranger = make_officer(there).login
        near = make_officer(here).login
    entry_id = 4
    for login, expect in ((stranger, 404), (near, 200)):
        browser = PageClient(app).sign_in(login)
        browser.get(f"/fund/settlements/{code}", expect=expect)
        browser.get(f"/fund/entries/{entry_id}", expect=expect)
        browser.get(f"/fund/books/payable:institution/{institution.code}", expect=expect)
        page = browser.get("/fund/settlements").get_data(as_text=True)
        assert (code in page) == (expect == 200)
        browser.post(
            "/fund/settlements",
            {"institution_id": str(institution.id), "period": "2026-11"},
            expect=404 if expect == 404 else 303,
        )


def test_bank_pages_show_no_full_bank_number(officers, browsers):
    with write_transaction():
        batch = make_sent_batch(officers)
    number = open_payout_file(batch).content.split(b"<CdtrAcct><Id><Othr><Id>")[1].split(b"<")[0]
    page = browsers[0].get(f"/fund/payout-batches/{batch.code}").get_data(as_text=True)
    assert number.decode() not in page
    assert number.decode()[-4:] in page


def test_empty_pages_say_what_will_be_here(browsers):
    for path in ("settlements", "payout-batches", "bank-statements", "reconciliation", ""):
        browsers[0].get(f"/fund/{path}")
    browsers[0].get("/fund/settlements?period=soon&state=nonsense&page=999999999")
    browsers[0].get("/fund/payout-batches?state=nonsense&page=-3")
    browsers[0].get("/fund/entries/99", expect=404)
    browsers[0].get("/fund/books/nonsense/x", expect=404)


def test_job_seekers_and_visitors_have_no_way_in(app, now):
    PageClient(app).get("/fund/settlements", expect=302)
