"""May this voucher be reserved, may it be redeemed? Every reason alone, and all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from marketplace.enrollment.states import AssessmentResult
from marketplace.institutions.rules import ScopeGap
from marketplace.institutions.states import InstitutionState
from marketplace.redemption.rules import (
    CompletionEvidence,
    RedemptionFacts,
    RedemptionTerms,
    ReservationFacts,
    refusals_for_redemption,
    refusals_for_reservation,
)
from marketplace.vouchers.states import VoucherState

FREE = ReservationFacts(
    now=datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
    today=date(2026, 11, 20),
    voucher_state=VoucherState.ACTIVE,
    valid_from=date(2026, 11, 1),
    expires_on=date(2026, 11, 20),
    quote_is_genuine=True,
    quote_is_for_voucher=True,
    quote_valid_until=datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
)


def codes(refusals):
    return tuple(refusal.code for refusal in refusals)


class TestReserving:
    def test_a_free_voucher_on_its_last_day_is_reserved(self):
        assert refusals_for_reservation(FREE) == ()

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"voucher_state": VoucherState.RESERVED}, "voucher_in_other_class"),
            ({"voucher_state": VoucherState.OFFERED}, "voucher_not_free"),
            ({"voucher_state": VoucherState.REDEEMED}, "voucher_not_free"),
            ({"voucher_state": VoucherState.EXPIRED}, "voucher_not_free"),
            ({"valid_from": date(2026, 11, 21)}, "voucher_not_yet_valid"),
            ({"expires_on": date(2026, 11, 19)}, "voucher_past_validity"),
            ({"quote_is_genuine": False}, "quote_not_genuine"),
            ({"quote_is_for_voucher": False}, "quote_of_other_voucher"),
            ({"quote_valid_until": datetime(2026, 11, 20, 1, 59, tzinfo=UTC)}, "quote_past"),
        ],
    )
    def test_each_reason_alone(self, change, code):
        assert codes(refusals_for_reservation(replace(FREE, **change))) == (code,)

    def test_a_voucher_in_another_class_says_what_to_do(self):
        facts = replace(FREE, voucher_state=VoucherState.RESERVED)
        assert refusals_for_reservation(facts)[0].remedy == "withdraw_there_first"


TERMS = RedemptionTerms(
    attendance_min_percent=80,
    assessment_rule="Art. 8 · S v1",
    complete_by=date(2026, 12, 31),
    rule="Art. 7 · S v1",
)
DONE = CompletionEvidence(date(2026, 12, 31), 80, AssessmentResult.PASSED)
READY = RedemptionFacts(
    voucher_state=VoucherState.RESERVED,
    is_held=True,
    is_right_institution=True,
    institution_state=InstitutionState.ACCREDITED,
    accredited_on=date(2026, 12, 31),
    scope_gap=None,
    state_then=InstitutionState.ACCREDITED,
    course_is_quarantined=False,
    completion=DONE,
    open_disputes=0,
    terms=TERMS,
)


class TestRedeeming:
    def test_where_the_scheme_wants_another_party_only_its_result_counts(self):
        asked = replace(READY, terms=replace(TERMS, independent_rule="Art. 9 · S v1"))
        [reason] = refusals_for_redemption(asked)
        assert (reason.code, reason.rule) == ("assessment_not_independent", "Art. 9 · S v1")
        assert reason.remedy == "ask_a_body_to_assess"
        assert refusals_for_redemption(replace(asked, is_assessed_by_others=True)) == ()

    def test_enough_attendance_and_a_pass_within_validity_is_redeemed(self):
        assert refusals_for_redemption(READY) == ()

    @pytest.mark.parametrize("state", [s for s in VoucherState if s is not VoucherState.RESERVED])
    def test_only_a_reserved_voucher_is_redeemed(self, state):
        facts = replace(READY, voucher_state=state)
        assert codes(refusals_for_redemption(facts)) == ("voucher_not_reserved",)

    def test_a_released_reservation_pays_nothing(self):
        assert codes(refusals_for_redemption(replace(READY, is_held=False))) == (
            "voucher_not_reserved",
        )

    def test_another_institution_learns_nothing_but_that(self):
        facts = replace(READY, is_right_institution=False, completion=None, open_disputes=2)
        assert codes(refusals_for_redemption(facts)) == ("other_institution",)

    @pytest.mark.parametrize(
        "state", [s for s in InstitutionState if s is not InstitutionState.ACCREDITED]
    )
    def test_an_institution_out_of_standing_redeems_nothing(self, state):
        facts = replace(READY, institution_state=state)
        assert codes(refusals_for_redemption(facts)) == ("institution_not_in_standing",)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"scope_gap": ScopeGap("gap_occupation")}, "accreditation_lapsed"),
            ({"state_then": InstitutionState.SUSPENDED}, "institution_out_of_standing_then"),
            ({"course_is_quarantined": True}, "course_in_quarantine"),
            ({"completion": None}, "completion_missing"),
            ({"completion": replace(DONE, rate_percent=79)}, "attendance_too_low"),
            (
                {"completion": replace(DONE, assessment=AssessmentResult.NOT_ASSESSED)},
                "assessment_missing",
            ),
            (
                {"completion": replace(DONE, assessment=AssessmentResult.FAILED)},
                "assessment_failed",
            ),
            ({"completion": replace(DONE, completed_on=date(2027, 1, 1))}, "completed_late"),
            ({"open_disputes": 1}, "disputes_open"),
        ],
    )
    def test_each_reason_alone(self, change, code):
        assert codes(refusals_for_redemption(replace(READY, **change))) == (code,)

    def test_the_nearest_change_of_the_accreditation_is_named(self):
        gap = ScopeGap("gap_other_sites", {"sites": ("东校区",)})
        (refusal,) = refusals_for_redemption(replace(READY, scope_gap=gap))
        assert refusal.remedy == "gap_other_sites"
        assert refusal.params["sites"] == ("东校区",)

    @pytest.mark.parametrize("assessment", [AssessmentResult.NOT_ASSESSED, AssessmentResult.FAILED])
    def test_a_missing_pass_names_the_clause_that_asks_for_it(self, assessment):
        completion = replace(DONE, rate_percent=79, assessment=assessment)
        refusals = refusals_for_redemption(replace(READY, completion=completion))
        assert [refusal.rule for refusal in refusals] == ["Art. 7 · S v1", "Art. 8 · S v1"]

    @pytest.mark.parametrize("assessment", [AssessmentResult.NOT_ASSESSED, AssessmentResult.FAILED])
    def test_where_no_assessment_is_asked_for_none_is_missed(self, assessment):
        facts = replace(
            READY,
            terms=replace(TERMS, assessment_rule=None),
            completion=replace(DONE, assessment=assessment),
        )
        assert refusals_for_redemption(facts) == ()

    def test_all_reasons_are_told_at_once(self):
        facts = replace(
            READY,
            institution_state=InstitutionState.BARRED,
            scope_gap=ScopeGap("gap_occupation"),
            course_is_quarantined=True,
            completion=CompletionEvidence(date(2027, 1, 1), 10, AssessmentResult.FAILED),
            open_disputes=3,
        )
        assert codes(refusals_for_redemption(facts)) == (
            "institution_not_in_standing",
            "course_in_quarantine",
            "attendance_too_low",
            "assessment_failed",
            "completed_late",
            "disputes_open",
        )

    def test_the_reason_cites_its_rule(self):
        facts = replace(READY, completion=replace(DONE, rate_percent=79))
        refusal = refusals_for_redemption(facts)[0]
        assert refusal.rule == "Art. 7 · S v1"
        assert refusal.params == {"rate": 79, "minimum": 80}
