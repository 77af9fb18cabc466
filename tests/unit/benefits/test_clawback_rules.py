"""What may be taken back from a person, and how it is kept back; without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.benefits.clawbacks.rules import (
    BenefitClawbackFacts,
    PersonDue,
    RepaymentFacts,
    plan_benefit_netting,
    refusals_for_benefit_clawback,
    refusals_for_clawback_dispute,
    refusals_for_dispute_answer,
    refusals_for_repayment,
)
from marketplace.benefits.clawbacks.states import (
    BenefitClawbackState,
    ClawbackDisputeState,
    RepaymentKind,
)

PAID = BenefitClawbackFacts("BN-1", True, 30_000, 30_000, 36, "not entitled", "Art. 4", "CNY")
TODAY = date(2026, 11, 26)
REPAID = RepaymentFacts(
    "BC-1",
    BenefitClawbackState.APPROVED,
    RepaymentKind.DEPOSIT,
    20_000,
    20_000,
    "R-77",
    True,
    TODAY,
    TODAY,
    "CNY",
)


def _codes(refusals) -> list[str]:
    return [one.code for one in refusals]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_paid": False}, "benefit_not_paid"),
        ({"wanted_fen": 0}, "amount_not_positive"),
        ({"wanted_fen": 30_001}, "benefit_clawback_too_high"),
        ({"instalments": 37}, "benefit_clawback_instalments"),
        ({"instalments": 0}, "benefit_clawback_instalments"),
        ({"reason": ""}, "benefit_clawback_reason_required"),
        ({"clause": ""}, "benefit_clawback_clause_required"),
    ],
)
def test_each_reason_against_a_clawback_is_told(change, code):
    assert refusals_for_benefit_clawback(PAID) == ()
    assert _codes(refusals_for_benefit_clawback(replace(PAID, **change))) == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clawback_state": BenefitClawbackState.PREPARED}, "benefit_clawback_not_in_force"),
        ({"wanted_fen": 20_001}, "repayment_too_high"),
        ({"paid_on": date(2026, 11, 27)}, "repayment_day_wrong"),
        ({"paid_on": date(2026, 11, 25)}, "repayment_day_wrong"),
        ({"proof": ""}, "repayment_receipt_required"),
        ({"has_document": False}, "repayment_proof_required"),
    ],
)
def test_each_reason_against_a_repayment_is_told(change, code):
    assert refusals_for_repayment(REPAID, today=TODAY) == ()
    assert _codes(refusals_for_repayment(replace(REPAID, **change), today=TODAY)) == [code]


def test_a_waiver_needs_a_reason_and_no_receipt():
    waiver = replace(REPAID, kind=RepaymentKind.WAIVER, has_document=False)
    assert refusals_for_repayment(waiver, today=TODAY) == ()
    assert _codes(refusals_for_repayment(replace(waiver, proof=""), today=TODAY)) == [
        "benefit_clawback_reason_required"
    ]


def test_older_debts_are_kept_back_first_and_never_more_than_the_plan_or_the_benefit():
    dues = [PersonDue(2, 9_000, 9_000), PersonDue(1, 30_000, 10_000)]
    assert plan_benefit_netting(15_000, dues) == [(1, 10_000), (2, 5_000)]
    assert plan_benefit_netting(9_999, dues) == [(1, 9_999)]
    assert plan_benefit_netting(0, dues) == []
    assert plan_benefit_netting(5_000, [PersonDue(1, 0, 10), PersonDue(2, 10, 0)]) == []


def test_a_dispute_is_of_something_owed_and_judged_by_another_officer_with_a_rule():
    def file(**change):
        told = {
            "state": BenefitClawbackState.APPROVED,
            "code": "BC-1",
            "left_fen": 1,
            "is_open_already": False,
            "words": "I attended all of it",
        }
        return _codes(refusals_for_clawback_dispute(**{**told, **change}))

    assert file() == []
    assert file(left_fen=0) == ["clawback_settled"]
    assert file(is_open_already=True, words="no") == [
        "clawback_dispute_open", "clawback_dispute_words"
    ]  # fmt: skip

    def judge(**change):
        told = {
            "state": ClawbackDisputeState.OPEN,
            "verdict": ClawbackDisputeState.REJECTED,
            "answer": "The lists say no",
            "clause": "Art. 4",
            "signed_by_actor": False,
        }
        return _codes(refusals_for_dispute_answer(**{**told, **change}))

    assert judge() == []
    assert judge(signed_by_actor=True) == ["clawback_dispute_own"]
    assert judge(clause="") == ["benefit_clawback_clause_required"]
    assert judge(clause="", verdict=ClawbackDisputeState.ACCEPTED) == []
    assert judge(state=ClawbackDisputeState.ACCEPTED) == ["clawback_dispute_decided"]
