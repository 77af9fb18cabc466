"""Officers read funds within their subtree, and every total down to its entries."""

from __future__ import annotations

import re

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.funds.operations import allot_fund
from marketplace.funds.queries import find_fund_by_code, list_allotments
from tests.factories.funds import make_county, make_fund, make_funded_allotment, make_place, yuan
from tests.factories.people import make_administrator, make_officer
from tests.kept import kept


@pytest.fixture
@kept
def money(app, now):
    with write_transaction():
        fund = make_fund("BC")
        city = make_funded_allotment(fund, amount=yuan(900))
        allot_fund(
            fund.id,
            jurisdiction_id=make_county().id,
            fiscal_year=2026,
            amount=yuan(300),
            key="down",
            actor_id=None,
            parent_id=city.id,
        )
        make_funded_allotment(fund, place=make_place("220600", "白山市"), amount=yuan(50))


def officer_of(client, place_code: str | None):
    with write_transaction():
        officer = make_officer(make_place(place_code) if place_code else None)
    return client.sign_in(officer)


def codes() -> dict[str, str]:
    rows = list_allotments(find_fund_by_code("BC"))
    return {row.jurisdiction.code: row.allotment.code for row in rows}


def test_the_list_and_the_tree_show_the_amounts(client, money):
    page = officer_of(client, "220000")
    assert "950.00" in page.get("/fund/funds").get_data(as_text=True)
    text = page.get("/fund/funds/BC").get_data(as_text=True)
    for shown in ("白城市", "洮北区", "白山市", "600.00", "300.00", "50.00"):
        assert shown in text
    page.get("/fund/funds/BC?year=nonsense")


def test_an_officer_of_a_city_does_not_see_the_next_one(client, money):
    page = officer_of(client, "220600")
    text = page.get("/fund/funds/BC").get_data(as_text=True)
    assert "白山市" in text
    assert "洮北区" not in text
    known = codes()
    page.get(f"/fund/books/allotment:available/{known['220600']}")
    page.get(f"/fund/books/allotment:available/{known['220802']}", expect=404)


def test_a_total_leads_to_its_entries_and_on_to_the_other_side(client, money):
    page = officer_of(client, "220000")
    known = codes()
    text = page.get(f"/fund/books/allotment:available/{known['220800']}").get_data(as_text=True)
    assert "指标下达" in text
    assert "300.00" in text
    entry = re.search(r"/fund/entries/\d+", text)
    assert entry
    page.get(entry.group())
    page.get(f"/fund/books/allotment:available/{known['220802']}")
    page.get("/fund/books/fund:unallotted/BC")
    page.get("/fund/books/fund:appropriated/BC")


def test_an_account_that_does_not_exist_is_not_found(client, money):
    page = officer_of(client, "220000")
    for address in ("nonsense/BC", "fund:unallotted/XX", "allotment:available/XX", ":::/:"):
        page.get(f"/fund/books/{address}", expect=404)


def test_administrators_read_them_too(client, money):
    with write_transaction():
        admin = make_administrator()
    page = client.sign_in(admin)
    page.get("/fund/funds/BC")
    page.get(f"/fund/books/allotment:available/{codes()['220800']}")


def test_both_languages(client, money):
    page = officer_of(client, "220000")
    assert "Not allotted yet" in page.speak("en").get("/fund/funds").get_data(as_text=True)
