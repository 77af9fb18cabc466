"""Which line may be disputed, and what a decision has to say."""

from __future__ import annotations

import pytest

from marketplace.settlement.rules.disputes import (
    DecisionOnDispute,
    FilingFacts,
    refusals_for_dispute_decision,
    refusals_for_filing,
    refusals_for_message,
)
from marketplace.settlement.states import DisputeState, FollowUp


def _codes(refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


def test_an_own_line_is_disputed_once_at_a_time_with_words():
    def refused(own=True, is_open=False, words="少算了五元"):
        return _codes(refusals_for_filing(FilingFacts(own, is_open, words)))

    assert refused() == []
    assert refused(own=False) == ["dispute_not_own_line"]
    assert refused(is_open=True) == ["dispute_open_already"]
    assert refused(words="少") == ["dispute_words_required"]


def test_a_thread_ends_with_its_dispute():
    assert refusals_for_message(DisputeState.OPEN, "好") == ()
    assert _codes(refusals_for_message(DisputeState.REJECTED, "")) == [
        "dispute_decided_already",
        "dispute_words_required",
    ]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"clause": ""}, ["dispute_clause_required"]),
        ({"answer": ""}, ["dispute_words_required"]),
        ({"actor_id": 1}, ["same_person"]),
        ({"state": DisputeState.WITHDRAWN}, ["dispute_decided_already"]),
        ({"wanted": DisputeState.ACCEPTED}, ["dispute_follow_up_required"]),
        (
            {"wanted": DisputeState.ACCEPTED, "follow_up": FollowUp.CORRECTED},
            ["dispute_correction_unknown"],
        ),
        (
            {
                "wanted": DisputeState.ACCEPTED,
                "follow_up": FollowUp.CORRECTED,
                "correction_is_later": True,
            },
            [],
        ),
        (
            {"wanted": DisputeState.ACCEPTED, "follow_up": FollowUp.LINE_RETURNED},
            ["dispute_line_not_returnable"],
        ),
        (
            {
                "wanted": DisputeState.ACCEPTED,
                "follow_up": FollowUp.LINE_RETURNED,
                "is_claim_line": True,
                "line_stands": True,
            },
            [],
        ),
        ({"wanted": DisputeState.ACCEPTED, "follow_up": FollowUp.NEXT_SETTLEMENT}, []),
    ],
)
def test_a_rejection_names_its_clause_and_an_acceptance_what_follows(changes, codes):
    facts = {
        "state": DisputeState.OPEN,
        "wanted": DisputeState.REJECTED,
        "filed_by": 1,
        "actor_id": 2,
        "answer": "按券面金额核销，无误",
        "clause": "办法第12条",
        "follow_up": None,
        "is_claim_line": False,
        "line_stands": False,
        "correction_is_later": False,
    }
    assert _codes(refusals_for_dispute_decision(DecisionOnDispute(**facts | changes))) == codes
