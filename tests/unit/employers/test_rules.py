"""Which vacancies fit, and when a referral may be made or ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.employers.rules import (
    Achievement,
    EmploymentFacts,
    Wanted,
    find_fit,
    fit_order,
    refusals_for_employment,
    refusals_for_referral,
    related_occupation,
)
from marketplace.employers.states import EmploymentEvidence, FitReason, ReferralState

CARER = Achievement("4-10-01-05", 4)
HOME = ["/22/2208/220802/"]


def fit(code="4-10-01-05", level=None, place=None, achievements=(CARER,)):
    return [str(reason) for reason in find_fit(Wanted(code, level, place), achievements, HOME)]


def test_only_what_was_completed_or_is_close_to_it_fits():
    assert fit() == ["same_occupation"]
    assert fit("4-10-01-02") == ["related_occupation"]
    assert fit("4-10-02-05") == []
    assert fit(None, place="/22/2208/220802/") == []
    assert fit(achievements=()) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(5, "level_suffices"), (4, "level_suffices"), (3, "level_below")],
)
def test_a_lower_number_is_a_higher_level(asked, expected):
    assert fit(level=asked) == ["same_occupation", expected]


def test_a_training_without_level_suffices_for_no_level():
    assert fit(level=5, achievements=(Achievement("4-10-01-05", None),)) == [
        "same_occupation",
        "level_below",
    ]


def test_the_highest_level_of_the_very_occupation_counts():
    learned = (Achievement("4-10-01-05", 5), Achievement("4-10-01-05", 3), CARER)
    assert fit(level=3, achievements=learned) == ["same_occupation", "level_suffices"]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/22/2208/220802/220802001/", ["same_county"]),
        ("/22/2208/220881/", ["same_city"]),
        ("/22/2201/220102/", []),
        ("/22/", []),
        (None, []),
    ],
)
def test_county_then_city(place, expected):
    assert fit(place=place)[1:] == expected


def test_codes_of_other_classifications_are_related_to_nothing():
    assert not related_occupation("47-2111", "47-2112")
    assert not related_occupation("4-10-01", "4-10-02")


def test_the_very_occupation_comes_before_a_near_place():
    far = (FitReason.SAME_OCCUPATION,)
    near = (FitReason.RELATED_OCCUPATION, FitReason.SAME_COUNTY)
    too_high = (FitReason.SAME_OCCUPATION, FitReason.LEVEL_BELOW, FitReason.SAME_COUNTY)
    assert sorted([near, too_high, far], key=fit_order) == [far, too_high, near]


def test_nobody_is_referred_without_consent():
    refused = refusals_for_referral(is_open=False, is_referred=True, has_consented=False)
    assert [reason.code for reason in refused] == [
        "vacancy_closed",
        "already_referred",
        "consent_needed",
    ]
    assert refusals_for_referral(is_open=True, is_referred=False, has_consented=True) == ()


FACTS = EmploymentFacts(
    state=ReferralState.MADE,
    has_proof=False,
    referred_on=date(2026, 11, 1),
    today=date(2026, 11, 20),
    started_on=date(2026, 11, 10),
    evidence=EmploymentEvidence.CONTRACT,
    note="合同 2026-11-09",
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"started_on": date(2026, 11, 21)}, ["employment_in_future"]),
        ({"started_on": date(2026, 10, 31)}, ["employment_before_referral"]),
        ({"note": ""}, ["proof_of_work_needed"]),
        ({"note": "", "evidence": EmploymentEvidence.SELF_DECLARED}, []),
        ({"state": ReferralState.WITHDRAWN}, ["referral_ended"]),
        ({"state": ReferralState.EMPLOYED}, []),
        ({"state": ReferralState.EMPLOYED, "has_proof": True}, ["referral_ended"]),
        (
            {"state": ReferralState.EMPLOYED, "evidence": EmploymentEvidence.SELF_DECLARED},
            ["referral_ended"],
        ),
    ],
)
def test_what_is_said_may_be_proven_once(changes, expected):
    refused = refusals_for_employment(replace(FACTS, **changes))
    assert [reason.code for reason in refused] == expected
