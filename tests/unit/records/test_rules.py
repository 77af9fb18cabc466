"""When a certificate may end, what a link may show."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.records.rules import (
    SHARE_DAYS_MAX,
    SHARES_MAX,
    STATUS_LIST_FILLED_MAX,
    DecisionFacts,
    LinkState,
    ProposalFacts,
    ShareFacts,
    link_state,
    number_of_edition,
    refusals_for_decision,
    refusals_for_proposal,
    refusals_for_share,
    status_list_for,
)
from marketplace.records.states import CertificateState, ChangeKind, ChangeReason, ChangeState

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PROPOSAL = ProposalFacts(
    CertificateState.VALID, False, ChangeKind.VOID, ChangeReason.NOT_EARNED, "课时不足", False
)
DECISION = DecisionFacts(
    change_state=ChangeState.PROPOSED,
    certificate_state=CertificateState.VALID,
    kind=ChangeKind.VOID,
    record_differs=False,
    actor_id=2,
    proposed_by=1,
    holder_user_id=3,
    staff_ids={4},
    is_approval=True,
    answer="",
)
SHARE = ShareFacts("公司", 1, 7, 0)


def codes(refusals):
    return [refusal.code for refusal in refusals]


def test_a_reasoned_proposal_about_a_valid_certificate_is_fine():
    assert refusals_for_proposal(PROPOSAL) == ()


def test_all_reasons_against_a_proposal_are_told_at_once():
    facts = ProposalFacts(
        CertificateState.VOIDED, True, ChangeKind.CORRECT, ChangeReason.NOT_EARNED, "", False
    )
    assert codes(refusals_for_proposal(facts)) == [
        "certificate_ended",
        "change_open",
        "reason_of_other_change",
        "say_why",
        "nothing_to_correct",
    ]


def test_a_correction_needs_a_record_that_says_something_else():
    facts = replace(PROPOSAL, kind=ChangeKind.CORRECT, reason=ChangeReason.NAME_CORRECTED)
    assert codes(refusals_for_proposal(facts)) == ["nothing_to_correct"]
    assert refusals_for_proposal(replace(facts, record_differs=True)) == ()


def test_a_second_person_may_approve():
    assert refusals_for_decision(DECISION) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"actor_id": 1}, "same_person"),
        ({"actor_id": 3}, "certificate_of_own"),
        ({"actor_id": 4}, "change_of_own_institution"),
        ({"change_state": ChangeState.REJECTED}, "change_decided"),
        ({"certificate_state": CertificateState.REPLACED}, "certificate_ended"),
        ({"kind": ChangeKind.CORRECT}, "nothing_to_correct"),
        ({"is_approval": False}, "say_why"),
    ],
)
def test_who_may_not_decide_and_why(changes, expected):
    assert codes(refusals_for_decision(replace(DECISION, **changes))) == [expected]


def test_a_rejection_with_words_is_fine_even_when_the_record_no_longer_differs():
    facts = replace(DECISION, is_approval=False, answer="材料不全", kind=ChangeKind.CORRECT)
    assert refusals_for_decision(facts) == ()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"label": ""}, "share_without_label"),
        ({"trainings": 0}, "share_without_training"),
        ({"trainings": 201}, "too_many_trainings"),
        ({"days": 0}, "share_too_long"),
        ({"days": SHARE_DAYS_MAX + 1}, "share_too_long"),
        ({"live_shares": SHARES_MAX}, "too_many_shares"),
    ],
)
def test_what_a_link_may_not_be(changes, expected):
    assert codes(refusals_for_share(replace(SHARE, **changes))) == [expected]
    assert refusals_for_share(SHARE) == ()


def test_a_link_works_through_its_last_moment_and_not_after():
    def state(**given):
        return link_state(**{"expires_at": NOW, "ended_at": None, "now": NOW, **given})

    assert state() is LinkState.WORKS
    assert state(now=NOW + timedelta(microseconds=1)) is LinkState.EXPIRED
    assert state(ended_at=NOW) is LinkState.ENDED
    assert state(ended_at=NOW, now=NOW + timedelta(days=9)) is LinkState.ENDED


def test_a_correction_keeps_the_number_people_know():
    assert number_of_edition("CT-AB", 1) == "CT-AB"
    assert number_of_edition("CT-AB", 3) == "CT-AB-3"


def test_a_full_status_list_is_followed_by_the_next():
    assert status_list_for(0, taken=0, wanted=50) == 0
    assert status_list_for(4, taken=STATUS_LIST_FILLED_MAX - 50, wanted=50) == 4
    assert status_list_for(4, taken=STATUS_LIST_FILLED_MAX - 49, wanted=50) == 5
