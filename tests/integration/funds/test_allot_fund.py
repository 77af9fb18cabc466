"""Money into a fund and down the tiers: postings, replays, refusals."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.funds.models import Allotment
from marketplace.funds.operations import allot_fund, appropriate_fund, create_fund
from marketplace.funds.queries import (
    find_allotment_for,
    get_allotment_balances,
    get_fund,
    get_fund_balances,
    list_allotments,
    list_funds,
)
from marketplace.ledger.operations import reverse_entry
from marketplace.ledger.queries import find_entry, get_draft_of
from tests.factories.funds import make_county, make_fund, make_funded_allotment, make_place, yuan
from tests.kept import kept


def postings(kind: str, key: str) -> set[tuple[str, str, int]]:
    """An entry as (account, side, fen)."""
    entry = find_entry(kind, key)
    assert entry is not None
    return {(line.account.code, line.side.value, line.fen) for line in get_draft_of(entry.id).lines}


@pytest.fixture
@kept
def fund(app, now):
    with write_transaction():
        made = make_fund("F")
        appropriate_fund(made.id, amount=yuan(1_000), key="a-1", actor_id=None)
        return made.id


def give(fund_id: int, amount: int | Money = 400, *, key: str = "k-1", **wanted) -> Allotment:
    values = {
        "jurisdiction_id": wanted.pop("place", None) or make_place().id,
        "fiscal_year": 2026,
        "amount": amount if isinstance(amount, Money) else yuan(amount),
        "key": key,
        "actor_id": None,
        **wanted,
    }
    return allot_fund(fund_id, **values)


def test_appropriating_posts_from_appropriated_to_unallotted(fund):
    assert postings("fund.appropriated", "a-1") == {
        ("fund:appropriated:F", "debit", 100_000),
        ("fund:unallotted:F", "credit", 100_000),
    }


def test_the_same_form_sent_twice_posts_once(fund):
    with write_transaction():
        appropriate_fund(fund, amount=yuan(1_000), key="a-1", actor_id=None)
        first = give(fund)
        assert give(fund).id == first.id
        balances = get_allotment_balances(first)
    assert balances.received == yuan(400)


def test_the_same_form_with_another_amount_is_refused(fund):
    with pytest.raises(Refused) as refused, write_transaction():
        appropriate_fund(fund, amount=yuan(999), key="a-1", actor_id=None)
    assert refused.value.codes == ("entry_differs",)


def test_allotting_posts_from_the_fund_to_the_place(fund):
    with write_transaction():
        allotment = give(fund)
        code = allotment.code
    assert postings("fund.allotted", "k-1") == {
        ("fund:unallotted:F", "debit", 40_000),
        (f"allotment:available:{code}", "credit", 40_000),
    }


def test_more_for_the_same_place_and_year_goes_to_the_same_allotment(fund):
    with write_transaction():
        first = give(fund, key="k-1")
        second = give(fund, 100, key="k-2")
        assert first.id == second.id
        assert get_allotment_balances(first).received == yuan(500)


def test_a_city_passes_money_on_to_its_county(fund):
    with write_transaction():
        city = give(fund)
        county = give(fund, 150, key="k-2", place=make_county().id, parent_id=city.id)
        upper, lower = get_allotment_balances(city), get_allotment_balances(county)
        code = (city.code, county.code)
    assert postings("fund.allotted", "k-2") == {
        (f"allotment:available:{code[0]}", "debit", 15_000),
        (f"allotment:available:{code[1]}", "credit", 15_000),
    }
    assert (upper.received, upper.passed_on, upper.available) == (yuan(400), yuan(150), yuan(250))
    assert (lower.received, lower.available, lower.spent) == (yuan(150), yuan(150), yuan(0))


def test_a_reversed_allotment_is_not_counted_as_received(fund):
    with write_transaction():
        allotment = give(fund)
        entry = find_entry("fund.allotted", "k-1")
        reverse_entry(entry.id, reason="wrong place", actor_id=None)
        balances = get_allotment_balances(allotment)
    assert (balances.received, balances.spent) == (yuan(0), yuan(0))


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ({"amount": 1_001}, ("allotment_exceeds_fund",)),
        ({"amount": 0}, ("amount_not_positive",)),
        ({"amount": -5}, ("amount_not_positive",)),
        ({"fiscal_year": 1999}, ("fiscal_year_out_of_range",)),
    ],
)
def test_what_cannot_be_given_is_refused_and_posts_nothing(fund, wanted, codes):
    with pytest.raises(Refused) as refused, write_transaction():
        give(fund, **wanted)
    assert refused.value.codes == codes
    assert find_entry("fund.allotted", "k-1") is None
    assert get_fund_balances(get_fund(fund)).unallotted == yuan(1_000)


def test_the_refusal_names_both_amounts(fund):
    with pytest.raises(Refused) as refused, write_transaction():
        give(fund, 1_200)
    assert refused.value.refusals[0].params == {"available": yuan(1_000), "wanted": yuan(1_200)}


def test_another_currency_is_refused(fund):
    with pytest.raises(Refused) as refused, write_transaction():
        give(fund, Money(100, "USD"))
    assert refused.value.codes == ("fund_currency_differs",)


def test_money_flows_down_only(fund):
    with write_transaction():
        county = give(fund, place=make_county().id)
        county_id = county.id
    for place, code in (("220800", "city above"), ("220802", "itself"), ("220600", "elsewhere")):
        with pytest.raises(Refused) as refused, write_transaction():
            give(fund, 1, key=code, place=make_place(place).id, parent_id=county_id)
        assert "allotment_not_below_parent" in refused.value.codes, code


def test_a_parent_of_another_fund_or_year_is_refused(fund):
    with write_transaction():
        other = make_funded_allotment(make_fund("G"), fiscal_year=2025)
        other_id = other.id
    with pytest.raises(Refused) as refused, write_transaction():
        give(fund, 1, place=make_county().id, parent_id=other_id)
    assert set(refused.value.codes) == {
        "allotment_parent_of_other_fund",
        "allotment_parent_of_other_year",
    }


def test_a_place_takes_its_money_from_one_source(fund):
    with write_transaction():
        city = give(fund)
        give(fund, 10, key="k-2", place=make_county().id)
        city_id = city.id
    with pytest.raises(Refused) as refused, write_transaction():
        give(fund, 10, key="k-3", place=make_county().id, parent_id=city_id)
    assert refused.value.codes == ("allotment_has_other_parent",)


def test_a_place_that_does_not_exist_is_not_found(fund):
    with pytest.raises(NotFound), write_transaction():
        allot_fund(
            fund, jurisdiction_id=404, fiscal_year=2026, amount=yuan(1), key="x", actor_id=None
        )


def test_a_fund_code_is_taken_once(fund):
    with pytest.raises(Refused) as refused, write_transaction():
        create_fund(code=" f ", name="x", purpose="x", currency="CNY", actor_id=None)
    assert refused.value.codes == ("fund_code_taken",)


def test_the_nearest_allotment_pays(fund):
    with write_transaction():
        city = give(fund)
        county = give(fund, 10, key="k-2", place=make_county().id)
        town = make_county("220881", "洮南市")
        found = [
            find_allotment_for(fund, jurisdiction_path=path, fiscal_year=year)
            for path, year in (
                ("/220000/220800/220802/", 2026),
                (town.path, 2026),
                ("/220000/", 2026),
                (town.path, 2025),
            )
        ]
    assert found == [county, city, None, None]


def test_officers_see_their_subtree_only(fund):
    with write_transaction():
        give(fund)
        give(fund, 10, key="k-2", place=make_county().id)
        give(fund, 10, key="k-3", place=make_place("220600", "白山市").id)
        row = get_fund(fund)
    names = [item.jurisdiction.name for item in list_allotments(row)]
    assert names == ["白山市", "白城市", "洮北区"]
    below = [item.jurisdiction.name for item in list_allotments(row, paths=["/220000/220800/"])]
    assert below == ["白城市", "洮北区"]
    assert list_allotments(row, paths=[]) == []


def test_funds_are_listed_with_their_balances(fund):
    with write_transaction():
        give(fund)
    (row,) = list_funds(PageRequest()).items
    assert (row.appropriated, row.unallotted, row.allotted) == (yuan(1_000), yuan(600), yuan(400))
