"""Administrators found a fund, put money in, and give it to places."""

from __future__ import annotations

import re

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.funds.queries import find_fund_by_code, get_fund_balances, list_allotments
from tests.factories.funds import make_county, make_fund, make_funded_allotment, make_place, yuan
from tests.factories.people import make_administrator, make_officer, make_worker


@pytest.fixture
def page(client):
    with write_transaction():
        admin = make_administrator()
        make_county()
    return client.sign_in(admin)


def key_of(page, path: str) -> str:
    html = page.get(path).get_data(as_text=True)
    return re.search(r'name="key"[^>]*value="([^"]+)"', html).group(1)


def fund_with(amount: int) -> None:
    with write_transaction():
        make_funded_allotment(make_fund("BC"), amount=yuan(amount))


def test_from_an_empty_list_to_money_in_a_county(page):
    assert "设立专项资金" in page.get("/admin/funds").get_data(as_text=True)
    page.get("/admin/funds/new")
    page.post("/admin/funds", {"code": "bc-skill", "name": "专项资金", "purpose": "培训"})
    key = key_of(page, "/admin/funds/BC-SKILL/appropriate")
    page.post("/admin/funds/BC-SKILL/appropriate", {"key": key, "amount": "1000.50"})
    found = page.get("/admin/funds/BC-SKILL/allot?q=洮北").get_data(as_text=True)
    assert "place=220802" in found
    path = "/admin/funds/BC-SKILL/allot?place=220802"
    form = {"key": key_of(page, path), "amount": "600.25", "fiscal_year": "2026"}
    page.post(path, form)
    page.post(path, form)
    fund = find_fund_by_code("BC-SKILL")
    assert get_fund_balances(fund).unallotted.fen == 40_025
    assert [row.available.fen for row in list_allotments(fund)] == [60_025]
    shown = page.get("/admin/funds/BC-SKILL").get_data(as_text=True)
    assert "600.25" in shown
    assert "洮北区" in shown


@pytest.mark.parametrize(
    "text", ["", "abc", "1,000", "1e3", "-5", "0", "1.234", "￥5", "１００", " ", "9" * 20]
)
def test_an_amount_is_read_strictly_and_kept_as_typed(page, text):
    fund_with(100)
    key = key_of(page, "/admin/funds/BC/appropriate")
    answer = page.post(
        "/admin/funds/BC/appropriate", {"key": key, "amount": text}, expect=422
    ).get_data(as_text=True)
    assert "error-summary" in answer
    assert get_fund_balances(find_fund_by_code("BC")).appropriated == yuan(100)


def test_more_than_is_left_is_refused_with_both_amounts(page):
    fund_with(100)
    path = "/admin/funds/BC/allot?place=220800"
    form = {"key": key_of(page, path), "amount": "1", "fiscal_year": "2026"}
    text = page.post(path, form, expect=409).get_data(as_text=True)
    assert "0.00" in text
    assert "1.00" in text


def test_a_city_passes_on_to_its_county(page):
    fund_with(100)
    code = list_allotments(find_fund_by_code("BC"))[0].allotment.code
    path = f"/admin/funds/BC/allot?from={code}&place=220802"
    page.post(path, {"key": key_of(page, path), "amount": "40", "fiscal_year": "2026"})
    rows = list_allotments(find_fund_by_code("BC"))
    assert [(row.available.fen, row.passed_on.fen) for row in rows] == [(6_000, 4_000), (4_000, 0)]


def test_a_taken_code_is_said_beside_the_field(page):
    fund_with(100)
    values = {"code": "bc", "name": "x", "purpose": "x"}
    text = page.post("/admin/funds", values, expect=409).get_data(as_text=True)
    assert "已有编号为BC的专项资金" in text


def test_what_is_not_there_is_not_found(page):
    fund_with(100)
    page.get("/admin/funds/NONE", expect=404)
    page.get("/admin/funds/BC/allot?from=NONE", expect=404)
    page.post("/admin/funds/BC/allot?place=000000", {"amount": "1"}, expect=404)


def test_others_do_not_come_in(client):
    with write_transaction():
        officer, worker = make_officer(make_place()), make_worker()
        user = worker.user_id
    client.sign_in(officer).get("/admin/funds", expect=403)
    assert user
