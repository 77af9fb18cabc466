"""Measuring: figures worked out by hand, and a choice that follows the data."""

from __future__ import annotations

from math import log2
from random import Random

import numpy as np
import pytest

from marketplace.foundation.errors import Refused
from marketplace.recommendation import affinity
from marketplace.recommendation.evaluation import (
    choose,
    evaluate,
    measure,
    split_leaving_one_out,
)
from marketplace.recommendation.logs import interactions_of


def _fixed(*scores: float) -> affinity.Scorer:
    return lambda rows: np.tile(np.array(scores, dtype=float), (rows.shape[0], 1))


LOG = interactions_of(
    tuple(("u", f"i{number}") for number in range(1)) + (("v", "i1"), ("v", "i2"))
)


def test_a_hit_at_the_first_place_counts_one():
    quality = measure(_fixed(9.0, 5.0, 1.0), LOG, [("u", "i1")], asked=1)
    assert (quality.hit_rate, quality.ndcg) == (1.0, 1.0)


def test_a_hit_at_the_second_place_counts_less_and_the_own_choice_does_not_compete():
    quality = measure(_fixed(9.0, 5.0, 1.0), LOG, [("u", "i2")], asked=1)
    assert quality.hit_rate == 1.0
    assert quality.ndcg == pytest.approx(1 / log2(3))


def test_equal_scores_share_the_mean_of_their_ranks():
    quality = measure(_fixed(0.0, 0.0, 0.0), LOG, [("u", "i1")], asked=1)
    assert quality.ndcg == pytest.approx(1 / log2(2.5))


def test_below_the_tenth_place_nothing_counts():
    pairs = (("u", "own"), *(("v", f"i{number:02}") for number in range(11)))
    log = interactions_of(pairs)
    falling = _fixed(99.0, *(50.0 - number for number in range(11)))
    assert measure(falling, log, [("u", "i09")], asked=1).hit_rate == 1.0
    assert measure(falling, log, [("u", "i10")], asked=1).hit_rate == 0.0


def test_people_who_cannot_be_answered_are_misses():
    assert measure(_fixed(9.0, 5.0, 1.0), LOG, [("u", "i1")], asked=4).hit_rate == 0.25


def test_one_choice_of_each_is_hidden_whatever_the_order_of_the_file():
    pairs = [("u", "a"), ("u", "b"), ("u", "c"), ("v", "a"), ("w", "a"), ("w", "d")]
    kept, hidden = split_leaving_one_out(pairs)
    assert {user for user, _item in hidden} == {"u", "w"}
    assert set(kept) | set(hidden) == set(pairs)
    assert not set(kept) & set(hidden)
    assert set(split_leaving_one_out(pairs[::-1])[1]) == set(hidden)


def _tribes(people: int) -> list[tuple[str, str]]:
    """Tribes that each choose among ten courses of their own: companions tell, popularity not."""
    chance = Random(5)
    return [
        (f"u{number}", f"t{number % 12}-{item}")
        for number in range(people)
        for item in chance.sample(range(10), 6)
    ]


def _crowd(people: int) -> list[tuple[str, str]]:
    """Everybody picks two by lot, the early courses far more often: only popularity tells."""
    chance = Random(6)
    weights = [1 / (rank + 1) ** 1.5 for rank in range(60)]
    pairs = []
    for number in range(people):
        for item in set(chance.choices(range(60), weights, k=3)):
            pairs.append((f"u{number}", f"c{item}"))
    return pairs


def test_in_tribes_companions_are_chosen_and_beat_popularity_by_far():
    kept, hidden = split_leaving_one_out(_tribes(300))
    found = evaluate(kept, hidden)
    assert found.chosen != "popularity"
    assert found.ours.hit_rate > 3 * found.baselines["popularity"].hit_rate
    assert found.ours.hit_rate >= found.baselines["item_item"].hit_rate - 0.01


def test_in_a_crowd_the_choice_is_hardly_below_popularity_and_far_above_item_item():
    kept, hidden = split_leaving_one_out(_crowd(900))
    found = evaluate(kept, hidden)
    assert found.ours.ndcg >= 0.97 * found.baselines["popularity"].ndcg
    assert found.ours.ndcg > 1.2 * found.baselines["item_item"].ndcg


def test_an_answer_that_stands_in_the_log_is_hidden_before_learning():
    pairs = _tribes(60)
    _kept, hidden = split_leaving_one_out(pairs)
    assert evaluate(pairs, hidden).interactions == len(pairs) - len(hidden)


def test_a_hidden_choice_that_nobody_else_made_is_a_miss_and_is_told():
    kept, hidden = split_leaving_one_out(_tribes(60))
    found = evaluate(kept, [*hidden, ("u0", "never seen")])
    assert found.unknown_items == evaluate(kept, hidden).unknown_items + 1
    assert found.ours.hit_rate < evaluate(kept, hidden).ours.hit_rate


def test_a_test_of_strangers_is_refused():
    with pytest.raises(Refused) as refused:
        evaluate(_tribes(20), [("stranger", "t1-1")])
    assert refused.value.codes == ("log_without_test_users",)


def test_a_test_of_unknown_choices_only_is_refused():
    with pytest.raises(Refused) as refused:
        evaluate(_tribes(20), [("u0", "never seen")])
    assert refused.value.codes == ("log_without_known_items",)


def test_with_one_choice_each_there_is_nothing_to_learn_but_popularity():
    log = interactions_of(tuple((f"u{number}", f"i{number % 3}") for number in range(9)))
    assert choose(log) == "popularity"
