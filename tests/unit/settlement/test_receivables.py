"""Advances and clawbacks decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.foundation.instalments import due_by_plan_fen, instalment_plan, list_instalments
from marketplace.funding.rules import pro_rata
from marketplace.settlement.rules.receivables import (
    AdvanceFacts,
    ClawbackFacts,
    Due,
    advance_max_fen,
    advance_percent,
    plan_netting,
    refusals_for_advance,
    refusals_for_clawback,
)

ADVANCE = AdvanceFacts("长青", False, False, False, 100_001, 50, "v1", 50_000, "CNY")
CLAWBACK = ClawbackFacts("ST-1", True, 800, 800, 3, "虚报", "CNY")


def _codes(refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


def test_the_share_is_rounded_down_and_the_smaller_of_policy_and_grade():
    assert advance_max_fen(100_001, percent=50) == 50_000
    assert advance_percent(50, grade_percent=30, unrated_percent=10) == 30
    assert advance_percent(20, grade_percent=30, unrated_percent=10) == 20
    assert advance_percent(50, grade_percent=None, unrated_percent=10) == 10
    assert advance_percent(50, grade_percent=0, unrated_percent=10) == 0


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"wanted_fen": 50_001}, ["advance_too_high"]),
        ({"wanted_fen": 0}, ["advance_not_positive"]),
        (
            {"institution_held": True, "run_is_over": True, "has_advance": True},
            ["advance_institution_held", "advance_run_over", "advance_exists"],
        ),
    ],
)
def test_an_advance_is_refused_with_all_reasons(changed, codes):
    assert _codes(refusals_for_advance(replace(ADVANCE, **changed))) == codes


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"wanted_fen": 801}, ["clawback_too_high"]),
        (
            {"settlement_is_paid_or_due": False, "wanted_fen": -1, "instalments": 0, "reason": ""},
            [
                "clawback_not_settled",
                "advance_not_positive",
                "clawback_instalments",
                "reason_required",
            ],
        ),
    ],
)
def test_a_clawback_is_refused_with_all_reasons(changed, codes):
    assert _codes(refusals_for_clawback(replace(CLAWBACK, **changed))) == codes


def _advance(outstanding: int, *, run: int = 1, over: bool = False, number: int = 1) -> Due:
    return Due("advance", number, outstanding, run, over, 0)


def test_an_advance_of_a_running_class_is_recovered_from_its_own_redemptions():
    plan = plan_netting({1: 300, 2: 500}, [_advance(1_000)])
    assert [amount for _due, amount in plan] == [300]


def test_when_the_class_is_over_all_of_it_is_recovered_up_to_what_is_earned():
    assert [fen for _due, fen in plan_netting({2: 500}, [_advance(400, over=True)])] == [400]
    assert [fen for _due, fen in plan_netting({2: 500}, [_advance(900, over=True)])] == [500]
    assert plan_netting({}, [_advance(900, over=True)]) == []


def test_advances_come_before_clawbacks_which_take_their_instalment():
    clawback = Due("clawback", 1, 900, None, True, 300)
    plan = plan_netting({1: 1_000}, [clawback, _advance(800, over=True)])
    assert [(due.kind, fen) for due, fen in plan] == [("advance", 800), ("clawback", 200)]
    assert [fen for _due, fen in plan_netting({1: 1_000}, [clawback])] == [300]


def test_instalments_add_up_and_come_due_month_by_month():
    assert instalment_plan(1_000, instalments=3) == (334, 333, 333)
    due = [
        due_by_plan_fen(1_000, instalments=3, approved_on=date(2026, 11, 20), today=today)
        for today in (date(2026, 11, 30), date(2026, 12, 1), date(2027, 1, 1), date(2028, 1, 1))
    ]
    assert due == [334, 667, 1_000, 1_000]


def test_each_instalment_has_its_month_and_the_earlier_ones_are_recovered_first():
    plan = list_instalments(1_000, instalments=3, approved_on=date(2026, 11, 30), kept_back_fen=334)
    assert [part.month for part in plan] == ["2026-11", "2026-12", "2027-01"]
    assert [part.is_kept_back for part in plan] == [True, False, False]
    unsigned = list_instalments(1_000, instalments=2, approved_on=None, kept_back_fen=0)
    assert [(part.month, part.is_kept_back) for part in unsigned] == [(None, False)] * 2


def test_what_is_taken_back_goes_to_those_who_paid():
    assert pro_rata(100, [("A", 200), ("B", 100)]) == [("A", 67), ("B", 33)]
    assert pro_rata(1, [("A", 1), ("B", 1)]) == [("A", 1)]


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=8).flatmap(
        lambda paid: st.tuples(st.just(paid), st.integers(1, sum(paid)))
    )
)
def test_shares_add_up_to_the_fen_and_never_exceed_what_was_paid(drawn):
    paid, amount = drawn
    shares = dict(pro_rata(amount, [(str(n), fen) for n, fen in enumerate(paid)]))
    assert sum(shares.values()) == amount
    assert all(fen <= paid[int(code)] for code, fen in shares.items())
