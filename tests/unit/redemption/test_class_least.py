"""Enough of a class completes: who counts, when it is decided, and what happens below."""

from __future__ import annotations

import pytest

from marketplace.enrollment.states import AssessmentResult
from marketplace.evidence.states import FindingKind
from marketplace.redemption.class_rules import (
    LearnerOfClass,
    class_standing,
    find_class_below,
    refusals_of_class,
)
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from tests.factories.vouchers import make_pack, pack_text, rule

PASSED, FAILED, NOT = (
    AssessmentResult.PASSED,
    AssessmentResult.FAILED,
    AssessmentResult.NOT_ASSESSED,
)
RULE = "第十一条 · CLASS-1 v2"


def policy(below="hold", counts="completed", percent=60, *, asked=False) -> Policy:
    least = {"percent": percent, "counts": counts, "below": below}
    payment = {"attendance_min_percent": rule(80)}
    if asked:
        payment["assessment_required"] = rule(True)
    completion = {"class_least": rule(least, "第十一条")}
    pack = make_pack(scheme="CLASS-1", payment=payment, completion=completion)
    return policy_from_pack(read_pack(pack_text(pack)), version=2)


def done(rate=80, assessment=NOT) -> LearnerOfClass:
    return LearnerOfClass(rate, assessment, has_left=False)


LEFT = LearnerOfClass(None, NOT, has_left=True)
OPEN = LearnerOfClass(None, NOT, has_left=False)


@pytest.mark.parametrize(
    ("learner", "counts", "asked", "reached"),
    [
        (done(79), "completed", False, 0),
        (done(80), "completed", False, 1),
        (done(81), "completed", False, 1),
        (done(80, FAILED), "completed", False, 0),
        (done(80, FAILED), "attended", False, 1),
        (done(80, NOT), "completed", True, 0),
        (done(80, PASSED), "completed", True, 1),
        (done(80, NOT), "attended", True, 1),
        (LEFT, "attended", False, 0),
        (OPEN, "attended", False, 0),
    ],
)
def test_who_counts(learner, counts, asked, reached):
    standing = class_standing([learner], policy(counts=counts, asked=asked))
    assert (standing.reached, standing.began) == (reached, 1)


@pytest.mark.parametrize(
    ("reached", "left", "still", "codes"),
    [
        (6, 4, 0, ()),  # 60 of 100, to the last one
        (5, 5, 0, ("class_below_least",)),
        (7, 3, 0, ()),
        (59, 41, 0, ("class_below_least",)),
        (5, 3, 2, ("class_undecided",)),  # two more can still make it 70
        (6, 2, 2, ()),  # whatever becomes of the two
        (3, 5, 2, ("class_below_least",)),  # even both would not be enough
        (0, 0, 0, ()),  # nobody began: nothing to say
        (0, 0, 3, ("class_undecided",)),
    ],
)
@pytest.mark.parametrize("below", ["hold", "refuse"])
def test_decided_as_soon_as_it_cannot_change(below, reached, left, still, codes):
    learners = [done()] * reached + [LEFT] * left + [OPEN] * still
    found = refusals_of_class(class_standing(learners, policy(below)), was_held=False)
    assert tuple(one.code for one in found) == codes
    assert {one.rule for one in found} <= {RULE}


def test_once_an_officer_was_asked_the_hold_speaks_and_a_refusal_stays():
    missed = [done(), LEFT]
    assert refusals_of_class(class_standing(missed, policy("hold")), was_held=True) == ()
    [no] = refusals_of_class(class_standing(missed, policy("refuse")), was_held=True)
    assert (no.code, no.remedy) == ("class_below_least", None)
    assert refusals_of_class(None, was_held=False) == ()


def test_one_hold_for_the_class_where_the_rule_speaks_for_all():
    missed = class_standing([done(), LEFT], policy())
    [finding] = find_class_below(7, "CR-7", {1: missed, 2: missed})
    assert (finding.kind, finding.enrollment_id, finding.clause) == (
        FindingKind.CLASS_BELOW,
        None,
        "EV-22",
    )
    assert finding.params == {"reached": 1, "began": 2, "percent": 60, "rule": RULE}
    assert list(find_class_below(7, "CR-7", {1: missed, 2: missed}))[0].key == finding.key


def test_else_one_hold_for_each_of_whom_it_speaks():
    missed = class_standing([done(), LEFT], policy())
    found = list(find_class_below(7, "CR-7", {1: missed, 2: None, 3: missed}))
    assert [one.enrollment_id for one in found] == [1, 3]
    assert len({one.key for one in found}) == 2


def test_nothing_is_held_before_it_is_decided_or_where_the_scheme_refuses():
    undecided = class_standing([done(), LEFT, OPEN, OPEN], policy())
    refused = class_standing([done(), LEFT], policy("refuse"))
    reached = class_standing([done()], policy())
    for standing in (undecided, refused, reached, None):
        assert list(find_class_below(7, "CR-7", {1: standing})) == []
    assert list(find_class_below(7, "CR-7", {})) == []
