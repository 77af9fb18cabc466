"""Points, grades, corrections, what moved: pure."""

from __future__ import annotations

import copy
from datetime import date

import pytest
import yaml

from marketplace.foundation.errors import Refused
from marketplace.standing.queries.policies import get_built_in_policy
from marketplace.standing.rules.formula import Counts
from marketplace.standing.rules.grades import (
    GradeBar,
    RecordFacts,
    grade_score,
    refusals_for_new_runs,
)
from marketplace.standing.rules.policy import policy_from
from marketplace.standing.rules.policy_file import read_policy
from marketplace.standing.rules.ratings import (
    RatingInputs,
    effective_counts,
    inputs_from_json,
    inputs_sha256,
    inputs_to_json,
    rate,
    sum_counts,
)
from marketplace.standing.rules.records import (
    AppealFacts,
    DecisionFacts,
    WithdrawalFacts,
    months_after,
    refusals_for_appeal,
    refusals_for_correction,
    refusals_for_decision,
    refusals_for_withdrawal,
    valid_until,
)
from marketplace.standing.states import (
    AppealState,
    Component,
    Grade,
    NewRuns,
    StandingKind,
)

POLICY = policy_from(get_built_in_policy(), version=1)
TODAY = date(2026, 11, 20)


def fact(kind=StandingKind.COMPLAINT_UPHELD, points=-8, code="SR-1", **changes):
    values = {"happened_on": TODAY, "valid_until": None, **changes}
    return RecordFacts(code, kind, points, **values)


def codes(refusals):
    return [refusal.code for refusal in refusals]


class TestGrade:
    @pytest.mark.parametrize(
        ("points", "grade"),
        [(10, "A"), (9, "B"), (0, "B"), (-10, "B"), (-11, "C"), (-30, "C"), (-31, "D")],
    )
    def test_points_make_the_grade_to_the_point(self, points, grade):
        score = grade_score([fact(points=points)], POLICY.grades)
        assert (score.grade, score.points) == (Grade(grade), 80 + points)

    def test_an_empty_file_is_a_b(self):
        assert grade_score([], POLICY.grades).grade is Grade.B

    def test_a_fact_can_force_a_grade_whatever_the_points(self):
        facts = [fact(points=40), fact(code="SR-2", forces_grade=Grade.D, points=-40)]
        score = grade_score(facts, POLICY.grades)
        assert (score.grade, score.points, score.forced_by) == (Grade.D, 80, "SR-2")

    def test_a_forced_grade_never_lifts(self):
        score = grade_score([fact(points=-50, forces_grade=Grade.C)], POLICY.grades)
        assert (score.grade, score.forced_by) == (Grade.D, None)

    def test_only_d_is_barred_and_the_refusal_cites_clause_and_version(self):
        barred = [
            grade for grade, effects in POLICY.effects.items() if effects.new_runs is NewRuns.BARRED
        ]
        assert barred == [Grade.D]
        (refusal,) = refusals_for_new_runs(GradeBar(Grade.D, POLICY.effects_rule))
        assert refusal.code == "grade_bars_new_runs"
        assert refusal.rule == "东政发〔2019〕10号 五（三） · v1"
        assert refusals_for_new_runs(None) == ()


class TestRepairPeriod:
    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            (date(2024, 2, 29), 12, date(2025, 2, 28)),
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2026, 11, 20), 2, date(2027, 1, 20)),
            (date(2026, 1, 15), -36, date(2023, 1, 15)),
            (date(2026, 12, 1), 12, date(2027, 12, 1)),
        ],
    )
    def test_months_end_on_days_that_exist(self, day, months, expected):
        assert months_after(day, months) == expected

    def test_a_fact_counts_to_the_last_day_of_its_repair_period(self):
        until = valid_until(TODAY, POLICY.records[StandingKind.LATE_FILING])
        assert until == date(2027, 11, 19)
        late = fact(valid_until=until)
        assert late.is_in_force(date(2027, 11, 19))
        assert not late.is_in_force(date(2027, 11, 20))


class TestCounts:
    def test_upheld_disputes_are_taken_off_the_learners(self):
        counts = {Component.DISPUTES: Counts(60, 60)}
        disputes = (fact(StandingKind.DISPUTE_UPHELD, -2), fact(StandingKind.DISPUTE_UPHELD, -2))
        assert effective_counts(counts, disputes)[Component.DISPUTES] == Counts(58, 60)

    def test_a_correction_mends_its_component_only(self):
        mended = fact(
            StandingKind.CORRECTION, 0, component=Component.COMPLETION, successes=3, trials=1
        )
        counts = {Component.COMPLETION: Counts(40, 50), Component.ASSESSMENT: Counts(9, 10)}
        found = effective_counts(counts, (mended,))
        assert found[Component.COMPLETION] == Counts(43, 51)
        assert found[Component.ASSESSMENT] == Counts(9, 10)

    def test_counts_stay_possible_when_the_window_has_moved_on(self):
        mended = fact(
            StandingKind.CORRECTION, 0, component=Component.COMPLETION, successes=3, trials=0
        )
        found = effective_counts({Component.COMPLETION: Counts(2, 4)}, (mended,))
        assert found[Component.COMPLETION] == Counts(4, 4)

    def test_peers_are_all_institutions_together(self):
        one = {Component.COMPLETION: Counts(1, 2)}
        other = {Component.COMPLETION: Counts(9, 10), Component.ASSESSMENT: Counts(1, 1)}
        assert sum_counts([one, other])[Component.COMPLETION] == Counts(10, 12)


class TestStoredInputs:
    INPUTS = RatingInputs(
        TODAY,
        {Component.COMPLETION: Counts(45, 60)},
        {Component.COMPLETION: Counts(600, 800)},
        (fact(), fact(StandingKind.CORRECTION, 0, "SR-2", component=Component.COMPLETION)),
    )

    def test_what_is_stored_gives_the_same_rating_again(self):
        again = inputs_from_json(inputs_to_json(self.INPUTS))
        assert again == self.INPUTS
        assert rate(again, POLICY) == rate(self.INPUTS, POLICY)

    def test_the_day_of_counting_alone_changes_nothing(self):
        first, second = inputs_to_json(self.INPUTS), inputs_to_json(self.INPUTS)
        second["counted_on"] = "2027-01-01"
        prints = {inputs_sha256(one, policy_version=1, formula="f") for one in (first, second)}
        assert len(prints) == 1
        assert inputs_sha256(first, policy_version=2, formula="f") not in prints


class TestAppeal:
    def facts(self, **changes):
        values = {
            "today": TODAY, "stated_on": date(2026, 10, 21), "appeal_days": 30,
            "is_withdrawn": False, "has_open_appeal": False, "was_decided": False,
            "is_in_force": True, "reason": "核对后考勤无误。",
        }  # fmt: skip
        return AppealFacts(**{**values, **changes})

    def test_on_the_last_day_it_is_in_time(self):
        assert refusals_for_appeal(self.facts()) == ()
        late = self.facts(stated_on=date(2026, 10, 20))
        assert codes(refusals_for_appeal(late)) == ["appeal_too_late"]

    def test_every_reason_is_told_at_once(self):
        facts = self.facts(
            has_open_appeal=True, was_decided=True, is_in_force=False, reason="",
            stated_on=date(2026, 1, 1),
        )  # fmt: skip
        assert codes(refusals_for_appeal(facts)) == [
            "appeal_open_already", "appeal_decided_before", "appeal_without_effect",
            "appeal_too_late", "reason_missing",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, []),
            ({"actor_id": 1}, ["appeal_own_matter"]),
            ({"actor_id": 2}, ["appeal_own_matter"]),
            ({"is_own": True}, ["standing_own_institution"]),
            ({"state": AppealState.REJECTED}, ["appeal_is_decided"]),
            ({"reason": ""}, ["reason_missing"]),
        ],
    )
    def test_somebody_else_decides_once_with_a_reason(self, changes, expected):
        values = {
            "state": AppealState.FILED, "recorded_by": 1, "filed_by": 2, "actor_id": 3,
            "is_own": False, "reason": "证据充分。",
        }  # fmt: skip
        facts = DecisionFacts(**{**values, **changes})
        assert codes(refusals_for_decision(facts, AppealState.UPHELD)) == expected

    def test_whoever_recorded_a_fact_does_not_withdraw_it(self):
        facts = WithdrawalFacts(
            StandingKind.SANCTION, is_withdrawn=False, recorded_by=1, actor_id=1,
            has_open_appeal=False, is_own=False, reason="录入有误",
        )  # fmt: skip
        assert codes(refusals_for_withdrawal(facts)) == ["standing_own_record"]

    @pytest.mark.parametrize(
        ("successes", "trials", "expected"),
        [
            (0, 0, ["correction_empty"]),
            (3, 0, []),
            (11, 0, ["correction_impossible"]),
            (-41, 0, ["correction_impossible"]),
            (0, -10, []),
            (0, -11, ["correction_impossible"]),
        ],
    )
    def test_a_correction_leaves_possible_counts(self, successes, trials, expected):
        refusals = refusals_for_correction(Counts(40, 50), successes=successes, trials=trials)
        assert codes(refusals) == expected


class TestPolicyFile:
    def refused(self, change):
        content = copy.deepcopy(get_built_in_policy())
        content["valid_from"] = date.fromisoformat(content["valid_from"])
        change(content)
        with pytest.raises(Refused) as refused:
            read_policy(yaml.safe_dump(content, allow_unicode=True))
        return [refusal.params["path"] for refusal in refused.value.refusals]

    def test_every_problem_is_named_by_its_path(self):
        def spoil(content):
            content["stars"]["prior_strength"] = 0
            content["effects"]["D"]["new_runs"] = "maybe"
            content["unknown"] = 1

        assert self.refused(spoil) == [
            "unknown", "effects.D.new_runs", "stars.prior_strength",
        ]  # fmt: skip

    def test_weights_add_up_and_grades_descend(self):
        def spoil(content):
            content["stars"]["weights_percent"]["completion"] = 24
            content["grades"]["min_points"] = {"A": 70, "B": 70, "C": 50}

        assert self.refused(spoil) == ["stars.weights_percent", "grades.min_points"]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("a: [", "rating_policy_not_yaml"),
            ("a: &x 1\nb: *x", "rating_policy_not_yaml"),
            ("x" * 70_000, "rating_policy_too_large"),
            ("[1, 2]", "rating_policy_setting"),
            ("a: 2026-13-45", "rating_policy_not_yaml"),
        ],
    )
    def test_what_is_no_policy_is_refused(self, text, code):
        with pytest.raises(Refused) as refused:
            read_policy(text)
        assert refused.value.codes[0] == code
