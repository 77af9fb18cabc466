"""What moved between two ratings: every cause, and parts that add up."""

from __future__ import annotations

from marketplace.standing.queries.policies import get_built_in_policy
from marketplace.standing.rules.formula import Counts, star_score
from marketplace.standing.rules.grades import GradeScore
from marketplace.standing.rules.movements import ScoreFacts, movements
from marketplace.standing.rules.policy import policy_from
from marketplace.standing.rules.ratings import RatingScore, score_to_json
from marketplace.standing.states import Component, Grade

SETTINGS = policy_from(get_built_in_policy(), version=1).stars
PEERS = {component: Counts(700, 1000) for component in Component}
COUNTS = {Component.COMPLETION: Counts(45, 60), Component.ASSESSMENT: Counts(40, 50)}


def score(counts=COUNTS, peers=PEERS, *, version=1, records=None):
    stars = star_score(counts, peers, SETTINGS)
    result = score_to_json(RatingScore(stars, GradeScore(Grade.B, 80, None)))
    components = {Component(row["component"]): row for row in result["components"]}
    return ScoreFacts(stars.stars, "B", 80, version, components, records or {})


def told(before, after):
    return [(move.code, move.params.get("component")) for move in movements(before, after)]


def test_nothing_moved_between_equals():
    assert movements(score(), score()) == ()


def test_more_completions_are_named_with_both_counts_and_their_part():
    (move,) = movements(score(), score({**COUNTS, Component.COMPLETION: Counts(52, 66)}))
    assert move.code == "counts_changed"
    assert (move.params["k_before"], move.params["n_after"]) == (45, 66)
    assert move.stars is not None
    assert move.stars > 0


def test_the_parts_add_up_to_the_difference():
    before = score()
    after = score({**COUNTS, Component.COMPLETION: Counts(60, 66), Component.EMPLOYMENT:
                   Counts(30, 40)})  # fmt: skip
    parts = sum(move.stars or 0 for move in movements(before, after))
    assert abs(parts - (after.stars - before.stars) / 100) <= 0.02


def test_a_component_that_begins_changes_the_weight_of_the_others():
    after = score({**COUNTS, Component.EMPLOYMENT: Counts(30, 40)})
    assert told(score(), after) == [
        ("weight_changed", "completion"),
        ("weight_changed", "assessment"),
        ("component_begins", "employment"),
    ]
    assert told(after, score())[2] == ("component_ends", "employment")


def test_counts_that_are_still_too_few_are_told_without_stars():
    (move,) = movements(score(), score({**COUNTS, Component.EMPLOYMENT: Counts(3, 4)}))
    assert (move.code, move.stars) == ("component_not_counted", None)


def test_the_mean_of_all_can_move_a_rating_by_itself():
    peers = {**PEERS, Component.COMPLETION: Counts(800, 1000)}
    assert told(score(), score(peers=peers)) == [("peers_changed", "completion")]


def test_facts_that_came_and_went_carry_their_points():
    came, gone = {"kind": "sanction", "points": -25}, {"kind": "commendation", "points": 10}
    moves = movements(score(records={"SR-1": gone}), score(version=2, records={"SR-2": came}))
    assert [(move.code, move.points) for move in moves] == [
        ("policy_changed", None), ("record_added", -25), ("record_ended", -10),
    ]  # fmt: skip
