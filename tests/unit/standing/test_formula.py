"""The published formula: by hand, and what must hold whatever the numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.standing.queries.policies import get_built_in_policy
from marketplace.standing.rules.formula import (
    Counts,
    shrunk_mean,
    star_score,
    wilson_interval,
)
from marketplace.standing.rules.policy import policy_from
from marketplace.standing.states import Component, ComponentState

SETTINGS = policy_from(get_built_in_policy(), version=1).stars
PEERS = {
    Component.COMPLETION: Counts(600, 800),
    Component.ASSESSMENT: Counts(900, 1000),
    Component.EMPLOYMENT: Counts(50, 100),
    Component.DISPUTES: Counts(990, 1000),
    Component.REVIEWS: Counts(300, 400),
}
BEFORE_REVIEWS = {key: value for key, value in PEERS.items() if key is not Component.REVIEWS}
COUNTS = {
    Component.COMPLETION: Counts(45, 60),
    Component.ASSESSMENT: Counts(40, 50),
    Component.DISPUTES: Counts(59, 60),
}


def component_of(score, component):
    return next(item for item in score.components if item.component is component)


@st.composite
def some_counts(draw, least=0, most=400):
    trials = draw(st.integers(least, most))
    return Counts(draw(st.integers(0, trials)), trials)


@st.composite
def all_counts(draw):
    return {component: draw(some_counts()) for component in Component}


class TestByHand:
    """docs/ratings.md shows the same example."""

    def test_stars_interval_and_n(self):
        score = star_score(COUNTS, PEERS, SETTINGS)
        assert (score.stars, score.low, score.high, score.n) == (407, 374, 440, 60)

    def test_every_component(self):
        score = star_score(COUNTS, PEERS, SETTINGS)
        rows = {
            item.component: (item.raw, item.peers, item.shrunk, item.weight, item.contribution)
            for item in score.components
            if item.state is ComponentState.COUNTED
        }
        assert rows == {
            Component.COMPLETION: (0.75, 0.75, 0.75, 0.416667, 2.272727),
            Component.ASSESSMENT: (0.8, 0.9, 0.828571, 0.416667, 2.510823),
            Component.DISPUTES: (0.983333, 0.99, 0.985, 0.166667, 1.193939),
        }

    def test_a_rating_from_before_there_were_reviews_is_computed_again_as_it_was(self):
        """Also when the policy knows no weight for them; with ten reviews they move the stars."""
        older = replace(SETTINGS, weights={**SETTINGS.weights, Component.REVIEWS: 0.0})
        then, now = star_score(COUNTS, BEFORE_REVIEWS, older), star_score(COUNTS, PEERS, SETTINGS)
        assert star_score(COUNTS, BEFORE_REVIEWS, SETTINGS) == then
        assert [one.component for one in then.components] == list(Component)[:-1]
        assert (now.stars, now.low, now.high) == (then.stars, then.low, then.high)
        reviewed = {**COUNTS, Component.REVIEWS: Counts(2, 10)}
        assert star_score(reviewed, PEERS, older).stars == now.stars
        assert star_score(reviewed, PEERS, SETTINGS).stars < now.stars

    def test_the_contributions_and_the_constant_are_the_stars(self):
        score = star_score(COUNTS, PEERS, SETTINGS)
        total = score.constant + sum(item.contribution for item in score.components)
        assert round(total * 100) == score.stars

    def test_the_wilson_interval_of_eight_in_ten(self):
        # Wilson's own form with z = 1.96: (0.4902, 0.9433), as in Brown, Cai and DasGupta (2001).
        low, high = wilson_interval(Counts(8, 10), confidence=0.95)
        assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


class TestMissing:
    def test_without_data_there_are_no_stars_and_not_zero(self):
        score = star_score({}, PEERS, SETTINGS)
        assert (score.stars, score.low, score.high, score.n) == (None, None, None, 0)
        assert {item.state for item in score.components} == {ComponentState.NO_DATA}

    def test_a_missing_component_leaves_its_weight_to_the_others(self):
        score = star_score(COUNTS, PEERS, SETTINGS)
        assert component_of(score, Component.EMPLOYMENT).weight == 0
        assert round(sum(item.weight for item in score.components), 5) == 1

    def test_missing_is_not_the_same_as_nobody(self):
        nobody = star_score({**COUNTS, Component.EMPLOYMENT: Counts(0, 60)}, PEERS, SETTINGS)
        missing = star_score(COUNTS, PEERS, SETTINGS)
        assert nobody.stars is not None
        assert missing.stars is not None
        assert nobody.stars < missing.stars

    def test_too_few_learners_are_shown_but_do_not_count(self):
        few = star_score({**COUNTS, Component.EMPLOYMENT: Counts(9, 9)}, PEERS, SETTINGS)
        assert few.stars == star_score(COUNTS, PEERS, SETTINGS).stars
        employment = component_of(few, Component.EMPLOYMENT)
        assert (employment.state, employment.contribution) == (ComponentState.TOO_FEW, 0)
        assert employment.shrunk is not None

    @pytest.mark.parametrize(("trials", "has_stars"), [(29, False), (30, True)])
    def test_stars_need_a_minimum_of_learners(self, trials, has_stars):
        counts = {Component.EMPLOYMENT: Counts(20, trials)}
        assert (star_score(counts, PEERS, SETTINGS).stars is not None) is has_stars

    def test_stars_need_a_minimum_of_weight(self):
        counts = {Component.COMPLETION: Counts(200, 200)}
        assert star_score(counts, PEERS, SETTINGS).stars is None
        less = replace(SETTINGS, weight_min=0.25)
        assert star_score(counts, PEERS, less).stars is not None


class TestWhateverTheNumbers:
    @given(all_counts(), st.sampled_from(Component))
    def test_one_more_success_never_lowers_the_stars(self, counts, component):
        """Of a component that counts already: one that only begins to count may move either way."""
        before = star_score(counts, PEERS, SETTINGS)
        if component_of(before, component).state is not ComponentState.COUNTED:
            return
        own = counts[component]
        more = {**counts, component: Counts(own.successes + 1, own.trials + 1)}
        after = star_score(more, PEERS, SETTINGS)
        if before.stars is not None:
            assert after.stars is not None
            assert after.stars >= before.stars

    @given(all_counts(), st.sampled_from(Component))
    def test_one_more_failure_never_raises_the_stars(self, counts, component):
        before = star_score(counts, PEERS, SETTINGS)
        if component_of(before, component).state is not ComponentState.COUNTED:
            return
        own = counts[component]
        after = star_score(
            {**counts, component: Counts(own.successes, own.trials + 1)}, PEERS, SETTINGS
        )
        if before.stars is not None and after.stars is not None:
            assert after.stars <= before.stars

    @given(all_counts())
    def test_the_interval_contains_the_stars_and_stays_on_the_scale(self, counts):
        score = star_score(counts, PEERS, SETTINGS)
        if score.stars is None:
            return
        assert score.low is not None
        assert score.high is not None
        assert 100 <= score.low <= score.stars <= score.high <= 500

    @given(all_counts())
    def test_every_component_interval_contains_its_estimate(self, counts):
        for item in star_score(counts, PEERS, SETTINGS).components:
            if item.shrunk is not None:
                assert 0 <= item.low <= item.shrunk <= item.high <= 1

    @given(st.integers(1, 200), st.integers(2, 20), st.floats(0.01, 0.99))
    def test_the_smaller_group_lies_nearer_to_the_mean(self, trials, times, mean):
        """The same share of good results, once among few and once among many."""
        successes = trials // 3
        few, many = Counts(successes, trials), Counts(successes * times, trials * times)
        near = abs(shrunk_mean(few, peers_mean=mean, strength=20) - mean)
        far = abs(shrunk_mean(many, peers_mean=mean, strength=20) - mean)
        assert near <= far + 1e-12

    @given(some_counts(least=1), st.floats(0.0, 1.0))
    def test_the_estimate_lies_between_the_share_and_the_mean(self, counts, mean):
        raw = counts.successes / counts.trials
        shrunk = shrunk_mean(counts, peers_mean=mean, strength=20)
        assert min(raw, mean) - 1e-12 <= shrunk <= max(raw, mean) + 1e-12

    @given(some_counts(least=1))
    def test_the_wilson_interval_contains_the_share(self, counts):
        low, high = wilson_interval(counts, confidence=0.9)
        assert 0 <= low <= counts.successes / counts.trials <= high <= 1

    @given(all_counts())
    def test_the_same_inputs_give_the_same_stars(self, counts):
        again = dict(reversed(list(counts.items())))
        assert star_score(counts, PEERS, SETTINGS) == star_score(again, PEERS, SETTINGS)
