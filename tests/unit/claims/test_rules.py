"""Lines, sample, days and signatures of claims, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.claims.rules.dates import ClaimSteps, claim_dates
from marketplace.claims.rules.lines import (
    ClaimFacts,
    LineFacts,
    refusals_for_claim_line,
    refusals_for_submission,
)
from marketplace.claims.rules.policy import (
    CLAIM_POLICY_FIELDS,
    ClaimPolicy,
    policy_from_values,
    values_of,
)
from marketplace.claims.rules.sampling import (
    risk_tier,
    sample_percent,
    sample_size,
    sampled_codes,
)
from marketplace.claims.rules.signing import (
    DecisionFacts,
    refusals_for_check,
    refusals_for_claim_approval,
    refusals_for_line_decision,
    silence_moves,
)
from marketplace.claims.states import ClaimState, RiskTier
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.foundation.office_settings import refusals_for_settings
from marketplace.redemption.rules import CompletionEvidence, RedemptionTerms
from marketplace.standing.states import Grade

TODAY = date(2026, 11, 20)
POLICY = ClaimPolicy()
GOOD = LineFacts(
    amount=Money(100_000, "CNY"),
    quoted=Money(100_000, "CNY"),
    is_reversed=False,
    is_settled=False,
    completion=CompletionEvidence(date(2026, 11, 10), 90, AssessmentResult.PASSED),
    open_disputes=0,
    terms=RedemptionTerms(80, "第九条", date(2026, 12, 31), "第八条"),
)
WAITING = DecisionFacts(
    claim_code="CL-1",
    state=ClaimState.SUBMITTED,
    tier=RiskTier.LOW,
    submitted_by=1,
    checked_by=None,
    signed_by=2,
    today=TODAY,
    due_on=date(2026, 11, 19),
    notice_until=None,
    unseen_sample=0,
    open_objections=0,
    faulty_lines=0,
)
NOTICED = replace(
    WAITING,
    state=ClaimState.NOTICED,
    checked_by=2,
    signed_by=3,
    notice_until=date(2026, 11, 19),
)


def _codes(refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


def test_a_good_line_has_nothing_against_it():
    assert refusals_for_claim_line(GOOD) == ()


def test_a_hold_on_the_records_of_the_class_keeps_a_line_out():
    found = Refusal("evidence_held", rule="EV-1")
    assert refusals_for_claim_line(replace(GOOD, holds=(found,))) == (found,)


def test_a_bad_line_gets_every_reason_with_its_clause():
    bad = replace(
        GOOD,
        quoted=Money(100_001, "CNY"),
        is_reversed=True,
        is_settled=True,
        completion=CompletionEvidence(date(2026, 11, 10), 79, AssessmentResult.FAILED),
        open_disputes=2,
    )
    found = refusals_for_claim_line(bad)
    assert _codes(found) == [
        "line_reversed",
        "line_settled",
        "line_amount_differs",
        "attendance_too_low",
        "assessment_failed",
        "disputes_open",
    ]
    assert {refusal.rule for refusal in found} == {None, "第八条", "第九条"}


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, []),
        ({"run_is_over": False, "good_lines": 0}, ["run_not_over", "claim_without_lines"]),
        ({"institution_barred": True}, ["claim_of_barred_institution"]),
        ({"run_ended_on": date(2026, 5, 24)}, []),
        ({"run_ended_on": date(2026, 5, 23)}, ["claim_too_late"]),
    ],
)
def test_a_submission_is_refused_with_all_reasons(changed, codes):
    facts = ClaimFacts("长青", False, True, date(2026, 11, 10), TODAY, 3)
    assert _codes(refusals_for_submission(replace(facts, **changed), POLICY)) == codes


@pytest.mark.parametrize(
    ("grade", "fen", "tier"),
    [
        (Grade.A, 5_000_000, RiskTier.LOW),
        (Grade.B, 5_000_001, RiskTier.MEDIUM),
        (None, 1, RiskTier.MEDIUM),
        (Grade.C, 1, RiskTier.HIGH),
        (Grade.D, 1, RiskTier.HIGH),
    ],
)
def test_the_tier_follows_grade_and_amount(grade, fen, tier):
    assert risk_tier(grade, amount_fen=fen, policy=POLICY) is tier


def test_a_large_claim_is_looked_at_more_closely_up_to_all_of_it():
    assert sample_percent(5, amount_fen=5_000_000, policy=POLICY) == 5
    assert sample_percent(5, amount_fen=5_000_001, policy=POLICY) == 15
    assert sample_percent(100, amount_fen=5_000_001, policy=POLICY) == 100
    assert sample_percent(None, amount_fen=1, policy=POLICY) == 30


@pytest.mark.parametrize(
    ("lines", "percent", "size"), [(1, 5, 1), (20, 5, 1), (21, 5, 2), (10, 0, 0), (7, 100, 7)]
)
def test_a_sample_is_rounded_up(lines, percent, size):
    assert sample_size(lines, percent=percent) == size


def test_the_sample_is_the_same_for_everybody_and_nobody_chooses_it():
    codes = [f"RD-{number}" for number in range(50)]
    chosen = sampled_codes("CL-1", codes, size=5)
    assert chosen == sampled_codes("CL-1", codes[::-1], size=5)
    assert len(chosen) == 5
    assert chosen != sampled_codes("CL-2", codes, size=5)


def test_each_step_is_counted_from_the_one_before():
    steps = ClaimSteps(date(2026, 11, 2), redeemed_until=date(2026, 10, 30))
    dates = claim_dates(steps, POLICY, hold_days=3)
    assert dates.check_by == date(2026, 11, 7)
    assert dates.notice_until == date(2026, 11, 14)
    assert dates.approve_by == date(2026, 11, 17)
    assert dates.settle_from == date(2026, 11, 20)
    assert dates.pay_by == date(2026, 11, 30)


def test_a_month_is_paid_after_it_is_over():
    steps = ClaimSteps(
        date(2026, 11, 2), redeemed_until=date(2026, 11, 1), approved_on=date(2026, 11, 3)
    )
    assert claim_dates(steps, POLICY, hold_days=0).settle_from == date(2026, 11, 30)


def test_the_first_officer_looks_at_the_sample_and_is_not_of_the_institution():
    assert refusals_for_check(WAITING) == ()
    wrong = replace(WAITING, signed_by=1, unseen_sample=2, faulty_lines=1)
    assert _codes(refusals_for_check(wrong)) == [
        "own_claim",
        "sample_not_seen",
        "claim_lines_faulty",
    ]
    assert _codes(refusals_for_check(NOTICED)) == ["claim_checked_already"]


def test_the_second_officer_waits_for_the_end_of_publication_and_of_objections():
    assert refusals_for_claim_approval(NOTICED) == ()
    early = replace(NOTICED, signed_by=2, notice_until=TODAY, open_objections=1)
    assert _codes(refusals_for_claim_approval(early)) == [
        "same_person",
        "notice_not_over",
        "objections_open",
    ]
    assert _codes(refusals_for_claim_approval(WAITING)) == ["claim_not_checked"]


def test_nothing_is_decided_on_a_claim_that_has_ended():
    ended = replace(NOTICED, state=ClaimState.SETTLED)
    assert _codes(refusals_for_line_decision(ended)) == ["claim_not_in_review"]
    assert _codes(refusals_for_claim_approval(ended)) == ["claim_not_in_review"]


def test_silence_moves_only_low_risk_past_its_day_with_nothing_open():
    silent = replace(WAITING, signed_by=None)
    assert silence_moves(silent)
    assert silence_moves(replace(NOTICED, signed_by=None))
    assert not silence_moves(replace(silent, due_on=TODAY))
    assert not silence_moves(replace(silent, tier=RiskTier.MEDIUM))
    assert not silence_moves(replace(silent, faulty_lines=1))
    assert not silence_moves(replace(NOTICED, signed_by=None, open_objections=1))
    assert not silence_moves(replace(NOTICED, signed_by=None, state=ClaimState.APPROVED))


def test_settings_are_kept_within_their_ranges_and_name_their_clause():
    assert refusals_for_settings(values_of(POLICY), "某号", CLAIM_POLICY_FIELDS) == ()
    wrong = values_of(POLICY) | {"advance_percent_max": 51}
    found = refusals_for_settings(wrong, "", CLAIM_POLICY_FIELDS)
    assert _codes(found) == ["setting_out_of_range", "setting_clause_missing"]
    assert found[0].field == "advance_percent_max"
    found = refusals_for_settings(values_of(POLICY), "长" * 201, CLAIM_POLICY_FIELDS)
    assert _codes(found) == ["too_long"]


def test_a_setting_younger_than_its_row_has_its_default():
    kept = policy_from_values({"check_days": 9}, number=3, clause="某号")
    assert (kept.check_days, kept.notice_days, kept.rule) == (9, 7, "某号 · v3")
