"""Dividing money among funds: exact, in order, never outside a scope; and back again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.foundation.money import apportion_fen
from marketplace.funding import checks
from marketplace.funding.rules import (
    Scope,
    Source,
    SourceFacts,
    SpendFacts,
    fundable_fen,
    reasons_outside,
    refusals_for_source,
    scope_from_json,
    scope_permits,
    scope_to_json,
    spend_facts_from_json,
    spend_facts_to_json,
    split_amount,
    split_use,
)

TODAY = date(2026, 11, 20)
VETERAN = SpendFacts(TODAY, frozenset({"veteran"}), "/220000/220800/220802/", "6-31-01-03", 5, True)
CATEGORIES = st.frozensets(st.sampled_from(["veteran", "disabled", "rural_migrant"]), max_size=2)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
SCOPES = st.builds(
    Scope,
    categories=CATEGORIES,
    occupations=st.lists(st.sampled_from(["6", "6-31", "4-03-02"]), unique=True).map(tuple),
    levels=st.frozensets(st.integers(1, 5), max_size=2),
    places=st.frozensets(st.sampled_from(["220800", "220802", "220100"]), max_size=2),
    first_on=st.none() | DAYS,
    last_on=st.none() | DAYS,
)
USES = st.builds(
    SpendFacts,
    on=DAYS,
    categories=CATEGORIES,
    place_path=st.sampled_from(["/220000/220800/", "/220000/220800/220802/", "/220000/220100/"]),
    occupation_code=st.sampled_from([None, "6-31-01-03", "6-310", "4-03-02-01"]),
    level=st.none() | st.integers(1, 5),
    course_known=st.booleans(),
)


@st.composite
def source_lists(draw):
    places = draw(st.lists(st.integers(1, 99), min_size=1, max_size=5, unique=True))
    return [
        Source(n, place, n, f"AL-{n}", draw(SCOPES), draw(st.integers(0, 1_000)))
        for n, place in enumerate(places, 1)
    ]


@settings(max_examples=25, deadline=None)
@given(source_lists(), USES, st.integers(1, 3_000))
def test_a_split_is_exact_within_scope_and_in_order(sources, use, amount):
    shares = {share.source_id: share.amount_fen for share in split_amount(amount, sources, use)}
    may_pay = fundable_fen(sources, use)
    assert sum(shares.values()) == min(amount, may_pay)
    for source in sources:
        paid = shares.get(source.source_id, 0)
        assert 0 <= paid <= source.available_fen
        if paid:
            assert scope_permits(source.scope, use)
            earlier = [one for one in sources if one.priority < source.priority]
            assert all(
                shares.get(one.source_id, 0) == one.available_fen
                for one in earlier
                if scope_permits(one.scope, use)
            ), "who comes first pays all it has before the next one pays"


@settings(max_examples=25, deadline=None)
@given(source_lists(), USES)
def test_the_check_of_the_books_finds_by_itself_what_the_rules_call_outside(sources, use):
    for source in sources:
        if source.scope.asks_about_course and not use.course_known:
            continue  # nothing is ever promised so, and the rows cannot say it otherwise
        stored = checks._outside(scope_to_json(source.scope), spend_facts_to_json(use))
        assert bool(stored) != scope_permits(source.scope, use)


@settings(max_examples=20, deadline=None)
@given(SCOPES, USES)
def test_scopes_and_facts_read_back_as_they_were_stored(scope, use):
    read = scope_from_json(scope_to_json(scope))
    assert reasons_outside(read, use) == reasons_outside(scope, use)
    assert spend_facts_from_json(spend_facts_to_json(use)) == use


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any), st.data())
def test_parts_add_up_and_none_exceeds_what_was_promised(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))
    parts = apportion_fen(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert abs(part - amount * weight / sum(weights)) < 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5), st.data())
def test_what_is_used_and_what_is_free_again_is_what_was_promised(committed, data):
    shares = [(f"AL-{n}", fen) for n, fen in enumerate(committed)]
    used = data.draw(st.integers(1, sum(committed)))
    parts = split_use(used, shares)
    assert sum(part for _code, part, _rest in parts) == used
    assert [(code, part + rest) for code, part, rest in parts] == shares


def test_the_fen_left_over_goes_to_the_largest_remainder_then_to_the_first():
    assert apportion_fen(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion_fen(10, [3, 3, 1]) == [4, 4, 2]
    assert split_use(50_001, [("A", 30_000), ("B", 50_000)]) == (
        ("A", 18_750, 11_250),
        ("B", 31_251, 18_749),
    )


@pytest.mark.parametrize(
    ("scope", "outside"),
    [
        (Scope(categories=frozenset({"disabled"})), ("category",)),
        (Scope(occupations=("6-3",)), ("occupation",)),
        (Scope(occupations=("6-31",)), ()),
        (Scope(levels=frozenset({3})), ("level",)),
        (Scope(places=frozenset({"220800"})), ()),
        (Scope(places=frozenset({"2208"})), ("place",)),
        (Scope(first_on=TODAY, last_on=TODAY), ()),
        (Scope(last_on=date(2026, 11, 19)), ("date",)),
    ],
)
def test_a_scope_says_what_does_not_hold(scope, outside):
    assert reasons_outside(scope, VETERAN) == outside


def test_money_for_a_course_promises_no_face_value_before_a_course_is_chosen():
    before = SpendFacts(TODAY, frozenset({"veteran"}), "/220000/220800/")
    assert reasons_outside(Scope(levels=frozenset({5})), before) == ("course",)


def test_every_reason_against_a_source_is_told_at_once():
    facts = SourceFacts(
        fund_is_own=True,
        fund_currency="USD",
        scheme_currency="CNY",
        priority=50,
        scope=Scope(places=frozenset({"990000"}), first_on=TODAY, last_on=date(2026, 1, 1)),
        basis="",
        priority_taken=False,
        fund_taken=True,
        unknown_places=("990000",),
        unknown_occupations=("9-99",),
    )
    assert {refusal.code for refusal in refusals_for_source(facts)} == {
        "source_fund_is_own",
        "source_fund_taken",
        "source_currency_differs",
        "source_priority_range",
        "source_scope_place",
        "source_scope_occupation",
        "source_scope_dates",
        "source_basis_required",
    }
