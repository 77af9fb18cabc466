"""Scores of courses: what is shrunk towards what, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from marketplace.recommendation import affinity
from marketplace.recommendation.logs import interactions_of

# Three people chose a and b, one chose a and c, two chose d alone.
PAIRS = (
    *((f"u{number}", item) for number in range(3) for item in "ab"),
    ("u3", "a"),
    ("u3", "c"),
    ("u4", "d"),
    ("u5", "d"),
)


@pytest.fixture
def log():
    return interactions_of(PAIRS)


def _scores(learner, log, *chosen):
    row = np.zeros((1, len(log.items)), dtype=np.float32)
    for item in chosen:
        row[0, log.items[item]] = 1.0
    from scipy import sparse

    values = learner(log.chosen)(sparse.csr_matrix(row))[0]
    return {item: float(values[index]) for item, index in log.items.items()}


def test_popularity_counts_people_and_ignores_history(log):
    assert _scores(affinity.popularity, log, "d") == {"a": 4.0, "b": 3.0, "c": 1.0, "d": 2.0}


def test_cosine_is_shared_people_over_the_product_of_lengths(log):
    scores = _scores(affinity.item_cosine(0.0), log, "a")
    assert scores["b"] == pytest.approx(3 / (2 * 3**0.5))
    assert scores["c"] == pytest.approx(1 / 2)
    assert scores["a"] == scores["d"] == 0.0


def test_companions_are_the_posterior_mean_of_the_stated_formula(log):
    scores = _scores(affinity.smoothed_companions(6.0), log, "a")
    # Beside a: b three times, c once, so n_a = 4; popularity is 4, 3, 1, 2 of 10.
    assert scores["b"] == pytest.approx((3 + 6 * 0.3) / (4 + 6))
    assert scores["c"] == pytest.approx((1 + 6 * 0.1) / (4 + 6))
    assert scores["d"] == pytest.approx((0 + 6 * 0.2) / (4 + 6))


def test_where_a_course_was_never_chosen_with_another_popularity_remains(log):
    scores = _scores(affinity.smoothed_companions(6.0), log, "d")
    assert scores == pytest.approx({"a": 0.4, "b": 0.3, "c": 0.1, "d": 0.2})


def test_without_prior_only_companions_count_and_nothing_divides_by_zero(log):
    assert _scores(affinity.smoothed_companions(0.0), log, "d") == pytest.approx(
        dict.fromkeys("abcd", 0.0)
    )


def test_the_linear_model_prefers_the_companion_to_the_popular(log):
    scores = _scores(affinity.linear_companions(1.0, 0.0), log, "c")
    assert max("abd", key=scores.__getitem__) == "a"
    assert scores["c"] == 0.0, "a course does not recommend itself"


def test_the_linear_model_is_not_tried_on_catalogs_too_large_to_invert():
    names = affinity.candidates(affinity.LINEAR_ITEMS_MAX + 1)
    assert not any(name.startswith("linear") for name in names)
    assert any(name.startswith("linear") for name in affinity.candidates(10))
