"""Who owes whom between regions, and who may sign it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.clearing.entries import entry_for_clearing
from marketplace.clearing.rules import (
    Due,
    Pair,
    SigningFacts,
    gross_pairs,
    is_between_regions,
    net_positions,
    refusals_for_clearing_rejection,
    refusals_for_first_signature,
    refusals_for_second_signature,
    region_path,
    transfers_saved,
)
from marketplace.clearing.states import ClearingState
from marketplace.ledger.states import Side

S = ClearingState


def test_a_region_is_the_county_above_a_place():
    assert region_path("/22/2208/220802/220802001/") == "/22/2208/220802/"
    assert region_path("/22/2208/") == "/22/2208/"


def test_within_one_line_of_tiers_nothing_is_owed():
    assert is_between_regions("/22/2208/220802/", "/22/2201/220103/")
    assert is_between_regions("/22/2208/220802/", "/22/2208/220821/")
    assert not is_between_regions("/22/2208/", "/22/2208/220802/")
    assert not is_between_regions("/22/2208/220802/", "/22/")


def test_three_regions_in_a_ring_net_to_what_is_left():
    dues = [Due("A", "B", 300), Due("A", "B", -30), Due("B", "C", 270), Due("C", "A", 100)]
    pairs = gross_pairs(dues)
    assert pairs == (Pair("A", "B", 2, 270), Pair("B", "C", 1, 270), Pair("C", "A", 1, 100))
    nets = net_positions(dues)
    assert nets == {"A": 170, "B": 0, "C": -170}
    assert transfers_saved(pairs, nets) == 2


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABCDE"), st.sampled_from("ABCDE"), st.integers(-(10**9), 10**9))
        .filter(lambda due: due[0] != due[1])
        .map(lambda due: Due(*due)),
        max_size=30,
    )
)
def test_all_positions_sum_to_zero_and_agree_with_the_pairs(dues):
    nets = net_positions(dues)
    assert sum(nets.values()) == 0
    again = net_positions(
        [Due(pair.home, pair.place, pair.amount_fen) for pair in gross_pairs(dues)]
    )
    assert again == nets


def test_the_entry_credits_who_owes_and_leaves_out_who_is_even():
    draft = entry_for_clearing(
        "2026-11/CNY", nets={"A": 170, "B": 0, "C": -170}, currency="CNY", on=date(2026, 12, 2)
    )
    assert {(line.account.code, line.side, line.fen) for line in draft.lines} == {
        ("clearing:region:A", Side.CREDIT, 170),
        ("clearing:region:C", Side.DEBIT, 170),
    }
    even = entry_for_clearing("k", nets={"A": 0, "B": 0}, currency="CNY", on=date(2026, 12, 2))
    assert even is None


def _facts(**changes):
    facts = {
        "code": "CL-1",
        "state": S.PREPARED,
        "signed_by": None,
        "actor_id": 2,
        "is_within_places": True,
        "still_agrees": True,
    }
    return SigningFacts(**facts | changes)


@pytest.mark.parametrize(
    ("rule", "facts", "codes"),
    [
        (refusals_for_first_signature, _facts(), []),
        (refusals_for_first_signature, _facts(state=S.SIGNED), ["clearing_already_decided"]),
        (
            refusals_for_first_signature,
            _facts(is_within_places=False),
            ["clearing_beyond_places"],
        ),
        (refusals_for_second_signature, _facts(state=S.SIGNED, signed_by=1), []),
        (refusals_for_second_signature, _facts(), ["clearing_not_signed"]),
        (refusals_for_second_signature, _facts(state=S.SIGNED, signed_by=2), ["same_person"]),
        (
            refusals_for_second_signature,
            _facts(state=S.SIGNED, signed_by=1, still_agrees=False),
            ["clearing_changed_since"],
        ),
        (
            refusals_for_second_signature,
            _facts(state=S.REJECTED, signed_by=1),
            ["clearing_already_decided"],
        ),
    ],
)
def test_two_officers_of_all_its_regions_sign_a_clearing(rule, facts, codes):
    assert [refusal.code for refusal in rule(facts)] == codes


def test_a_clearing_is_sent_back_with_a_reason_before_it_is_decided():
    assert refusals_for_clearing_rejection(_facts(), "少一笔") == ()
    found = refusals_for_clearing_rejection(_facts(state=S.APPROVED), "")
    assert [refusal.code for refusal in found] == [
        "clearing_already_decided",
        "clearing_reason_required",
    ]
