"""What the public may object, and how it is decided."""

from __future__ import annotations

import pytest

from marketplace.claims.rules.objections import (
    OPEN_MAX,
    AnswerFacts,
    ObjectionFacts,
    refusals_for_answer,
    refusals_for_objection,
)
from marketplace.claims.states import ObjectionState


def _codes(refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"is_publicised": False}, ["objection_days_over"]),
        ({"statement": "假的"}, ["objection_too_short"]),
        ({"is_known": True}, ["objection_known"]),
        ({"open_count": OPEN_MAX}, ["objections_many"]),
        ({"open_count": OPEN_MAX - 1}, []),
        ({"is_publicised": False, "statement": ""}, ["objection_days_over", "objection_too_short"]),
    ],
)
def test_an_objection_is_taken_while_the_claim_is_publicised(changes, codes):
    facts = {
        "is_publicised": True,
        "statement": "第三课没有上过，教室锁着",
        "is_known": False,
        "open_count": 0,
    }
    assert _codes(refusals_for_objection(ObjectionFacts(**facts | changes))) == codes


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"wanted": ObjectionState.UPHELD, "clause": ""}, []),
        ({"clause": ""}, ["objection_clause_required"]),
        ({"answer": ""}, ["objection_answer_required"]),
        ({"actor_id": 1}, ["own_claim"]),
        ({"state": ObjectionState.UPHELD}, ["objection_answered"]),
    ],
)
def test_a_decision_has_reasons_and_a_dismissal_its_clause(changes, codes):
    facts = {
        "state": ObjectionState.OPEN,
        "wanted": ObjectionState.DISMISSED,
        "answer": "签到记录完整",
        "clause": "办法第9条",
        "submitted_by": 1,
        "actor_id": 2,
    }
    assert _codes(refusals_for_answer(AnswerFacts(**facts | changes))) == codes
