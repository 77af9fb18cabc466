"""Suggestions: reasons in words, an order nobody can buy, exposure that is capped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.recommendation.labels import REASON_NAMES, REASON_TEXTS
from marketplace.recommendation.rules import (
    PER_INSTITUTION_MAX,
    WEIGHTS,
    CandidateFacts,
    Learned,
    PersonFacts,
    occupation_steps,
    overexposed,
    reasons_for,
    suggest,
)
from marketplace.recommendation.states import SuggestionReason

ELECTRICIAN = ("6", "6-31", "6-31-01", "6-31-01-03")
FITTER = ("6", "6-31", "6-31-01", "6-31-01-09")
WELDER = ("6", "6-18", "6-18-02", "6-18-02-04")
NURSE = ("4", "4-10", "4-10-01", "4-10-01-05")
TAOBEI, TONGYU = ("220000", "220800", "220802"), ("220000", "220800", "220822")
PERSON = PersonFacts(
    on=date(2026, 11, 20),
    residence=TAOBEI,
    workplace=(),
    wanted=(),
    learned=(),
    is_in_work=False,
)
PLAIN = CandidateFacts(
    course_id=1,
    run_code="CR-1",
    institution_id=1,
    occupation=NURSE,
    occupation_title="养老护理员",
    level=5,
    place=("350000", "350100", "350102"),
    is_online=False,
    is_outside_work_hours=True,
    starts_on=date(2027, 3, 1),
    own_share_fen=100,
    in_demand=False,
    employed=None,
    employed_of=None,
    stars=None,
    companions_share=0.0,
    companions=0,
)


def kinds(person: PersonFacts, candidate: CandidateFacts) -> list[str]:
    return [reason.kind.value for reason in reasons_for(person, candidate)]


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        (ELECTRICIAN, ELECTRICIAN, 0),
        (ELECTRICIAN, FITTER, 1),
        (ELECTRICIAN, WELDER, 3),
        (ELECTRICIAN, NURSE, None),
        ((), NURSE, None),
        (NURSE, (), None),
    ],
)
def test_distance_is_the_steps_up_to_a_common_group(one, other, steps):
    assert occupation_steps(one, other) == steps


def test_nothing_speaks_for_a_plain_course_so_it_is_not_suggested():
    assert kinds(PERSON, PLAIN) == []
    assert suggest(PERSON, [PLAIN], limit=6, showings={}) == []


@pytest.mark.parametrize(
    ("person", "candidate", "kind"),
    [
        ({"wanted": NURSE}, {}, "wanted"),
        ({"wanted": FITTER}, {"occupation": ELECTRICIAN}, "near_wanted"),
        ({"learned": (Learned(NURSE, 5),)}, {"level": 4}, "next_level"),
        ({"learned": (Learned(FITTER, 5),)}, {"occupation": ELECTRICIAN}, "near_learned"),
        ({}, {"in_demand": True}, "in_demand"),
        ({}, {"place": TAOBEI}, "same_county"),
        ({"workplace": TONGYU, "residence": ()}, {"place": TONGYU}, "same_county"),
        ({}, {"place": TONGYU}, "same_city"),
        ({}, {"is_online": True}, "online"),
        ({"is_in_work": True}, {}, "outside_work_hours"),
        ({}, {"employed": 8, "employed_of": 10}, "employed"),
        ({}, {"stars": 4.2}, "stars"),
        ({}, {"companions": 5, "companions_share": 1.0}, "companions"),
        ({}, {"own_share_fen": 0}, "nothing_to_pay"),
        ({}, {"starts_on": date(2026, 12, 20)}, "starts_soon"),
    ],
)
def test_each_fact_gives_its_one_reason(person, candidate, kind):
    assert kinds(replace(PERSON, **person), replace(PLAIN, **candidate)) == [kind]


@pytest.mark.parametrize(
    "candidate",
    [
        {"employed": 9, "employed_of": 9},
        {"employed": 4, "employed_of": 10},
        {"stars": 2.9},
        {"companions": 4, "companions_share": 1.0},
        {"starts_on": date(2026, 12, 21)},
    ],
    ids=["few people", "few in work", "few stars", "few companions", "a day later"],
)
def test_what_is_weak_or_about_too_few_people_is_not_said(candidate):
    assert kinds(PERSON, replace(PLAIN, **candidate)) == []


@pytest.mark.parametrize(
    ("learned", "level", "is_left_out"),
    [
        (Learned(NURSE, 5), 5, True),
        (Learned(NURSE, 4), 5, True),
        (Learned(NURSE, None), None, True),
        (Learned(NURSE, 5), 4, False),
        (Learned((), None), None, False),
        (Learned(ELECTRICIAN, 5), 5, False),
    ],
)
def test_what_was_learned_is_never_suggested_again(learned, level, is_left_out):
    person = replace(PERSON, learned=(learned,))
    candidate = replace(PLAIN, level=level, in_demand=True)
    assert bool(suggest(person, [candidate], limit=6, showings={})) is not is_left_out


def test_the_order_follows_the_points_then_the_sooner_class():
    late = replace(PLAIN, course_id=1, in_demand=True)
    soon = replace(late, course_id=2, institution_id=2, starts_on=date(2027, 2, 1))
    near = replace(late, course_id=3, institution_id=3, place=TAOBEI)
    found = suggest(PERSON, [late, soon, near], limit=6, showings={})
    assert [one.candidate.course_id for one in found] == [3, 2, 1]
    assert (
        found[0].points
        == WEIGHTS[SuggestionReason.IN_DEMAND] + WEIGHTS[SuggestionReason.SAME_COUNTY]
    )


def test_an_institution_fills_at_most_its_part_of_the_list():
    many = [replace(PLAIN, course_id=number, in_demand=True) for number in range(1, 6)]
    other = replace(PLAIN, course_id=9, institution_id=2, in_demand=True)
    found = suggest(PERSON, [*many, other], limit=6, showings={})
    assert [one.candidate.institution_id for one in found].count(1) == PER_INSTITUTION_MAX
    assert len(found) == PER_INSTITUTION_MAX + 1


def test_one_that_was_shown_too_often_comes_after_the_others_but_is_not_banned():
    often = replace(PLAIN, in_demand=True, place=TAOBEI)
    seldom = [
        replace(PLAIN, course_id=number, institution_id=number, in_demand=True)
        for number in (2, 3, 4)
    ]
    found = suggest(PERSON, [often, *seldom], limit=6, showings={1: 90, 2: 5, 3: 5})
    assert [one.candidate.institution_id for one in found] == [2, 3, 4, 1]
    fair = suggest(PERSON, [often, *seldom], limit=6, showings={1: 30, 2: 25, 3: 25, 4: 20})
    assert fair[0].candidate.institution_id == 1


def test_shares_say_nothing_before_there_are_enough_showings():
    assert overexposed({1: 99, 2: 0, 3: 0}) == frozenset()
    assert overexposed({1: 100, 2: 0, 3: 0}) == frozenset({1})


def test_every_reason_has_a_weight_a_sentence_and_a_name():
    assert set(WEIGHTS) == set(REASON_TEXTS) == set(REASON_NAMES) == set(SuggestionReason)
