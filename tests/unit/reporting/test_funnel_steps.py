"""The funnel: rates, the step where most are lost, and the effect with its range."""

from __future__ import annotations

import pytest

from marketplace.reporting.funnel_steps import (
    STEP_HELP,
    STEP_LABELS,
    FunnelStep,
    difference_of,
    funnel_of,
)
from marketplace.standing.rules.formula import Counts


def made(*counts: int):
    return funnel_of("all", "", dict(zip(FunnelStep, counts, strict=True)))


def test_each_step_has_its_share_of_all_and_of_the_step_before():
    funnel = made(100, 80, 40, 30, 30, 15)
    assert [step.of_issued for step in funnel.steps] == [1.0, 0.8, 0.4, 0.3, 0.3, 0.15]
    assert [step.of_before for step in funnel.steps] == [None, 0.8, 0.5, 0.75, 1.0, 0.5]
    assert [step.lost for step in funnel.steps] == [0, 20, 40, 10, 0, 15]


@pytest.mark.parametrize(
    ("counts", "drop"),
    [
        ((100, 80, 40, 30, 30, 15), FunnelStep.CLAIMED),
        ((100, 50, 0, 0, 0, 0), FunnelStep.SEEN),
        ((10, 10, 10, 10, 10, 9), FunnelStep.REDEEMED),
        ((7, 7, 7, 7, 7, 7), None),
        ((0, 0, 0, 0, 0, 0), None),
    ],
)
def test_the_drop_is_where_most_are_lost_the_earlier_of_two(counts, drop):
    funnel = made(*counts)
    assert (funnel.drop.step if funnel.drop else None) == drop


def test_nothing_issued_has_no_shares_rather_than_zero():
    assert all(step.of_issued is None for step in made(0, 0, 0, 0, 0, 0).steps)


def test_the_range_of_a_difference_is_newcombes():
    """Newcombe (1998), table II, example (a): 56/70 and 48/80, method 10: 0.0524 to 0.3339."""
    found = difference_of(Counts(56, 70), Counts(48, 80))
    assert found is not None
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == (
        pytest.approx(0.0524, abs=5e-5),
        pytest.approx(0.3339, abs=5e-5),
    )
    assert found.is_clear


def test_without_people_to_compare_there_is_no_difference():
    assert difference_of(Counts(3, 9), Counts(0, 0)) is None
    same = difference_of(Counts(5, 10), Counts(5, 10))
    assert same is not None and not same.is_clear


def test_every_step_has_words():
    assert set(STEP_LABELS) == set(STEP_HELP) == set(FunnelStep)
