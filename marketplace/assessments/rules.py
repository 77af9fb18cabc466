"""Who may assess a class, and when results and their changes count. Pure.

Where a scheme asks for it, see `payment.independent_assessment` of docs/policy-packs.md. The split
of roles follows the audit findings on mass certificates (threat A14): whoever trains does not
enter the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.assessments import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.assessments.labels import ASSESSMENT_STATE_LABELS
from marketplace.assessments.states import ASSESSMENT_TRANSITIONS, AssessmentState, ResultKind
from marketplace.enrollment.labels import ASSESSMENT_LABELS
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation.errors import Refusal

SCORE_MAX = 100
AS_ASSESSMENT = {
    ResultKind.PASSED: AssessmentResult.PASSED,
    ResultKind.FAILED: AssessmentResult.FAILED,
    ResultKind.VOID: AssessmentResult.NOT_ASSESSED,
}
"""What a result of a body is in the record of the learner."""


@dataclass(frozen=True, slots=True)
class AssignmentFacts:
    """What asking a body to assess needs to know."""

    is_listed: bool
    """In force today for the occupation and level of the course."""
    is_same_party: bool
    """The body is the institution, or works under its credit code."""
    has_live_assessment: bool
    has_results: bool


def refusals_for_assignment(facts: AssignmentFacts) -> tuple[Refusal, ...]:
    """Every reason why this body cannot be asked."""
    refusals = []
    if not facts.is_listed:
        refusals.append(
            Refusal("assessor_not_listed", remedy="choose_listed_assessor", field="assessor")
        )
    if facts.is_same_party:
        refusals.append(Refusal("assessor_is_trainer", field="assessor"))
    if facts.has_live_assessment:
        refusals.append(Refusal("assessment_there_already"))
    if facts.has_results:
        refusals.append(Refusal("assessment_results_recorded"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class EnteredResult:
    """What a body says about one learner."""

    result: ResultKind
    score: int | None


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """What entering the results of a class needs to know."""

    state: AssessmentState
    is_trainer: bool
    """The person taught in this class or works for its institution."""
    assessed_on: date
    last_lesson_on: date
    today: date
    results: Mapping[int, EnteredResult]
    """By enrollment."""
    roster: frozenset[int]


def refusals_for_results(facts: SubmissionFacts) -> tuple[Refusal, ...]:
    """Every reason why these results are not taken in."""
    refusals = list(refusals_for_move(facts.state, AssessmentState.SUBMITTED))
    if facts.is_trainer:
        refusals.append(Refusal("assessor_taught_class"))
    if not facts.last_lesson_on <= facts.assessed_on <= facts.today:
        first = {"first": facts.last_lesson_on}
        refusals.append(Refusal("assessment_day_wrong", first, field="assessed_on"))
    if not facts.results:
        refusals.append(Refusal("assessment_nobody"))
    if facts.results.keys() - facts.roster:
        refusals.append(Refusal("assessment_not_of_class"))
    if any(not is_score(one.score) for one in facts.results.values()):
        refusals.append(Refusal("assessment_score_wrong"))
    return tuple(refusals)


def refusals_for_move(state: AssessmentState, to: AssessmentState) -> tuple[Refusal, ...]:
    """Whether an assessment can still become that."""
    if to in ASSESSMENT_TRANSITIONS[state]:
        return ()
    return (Refusal("assessment_state", {"state": ASSESSMENT_STATE_LABELS[state]}),)


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """What proposing to change or void a result needs to know."""

    is_submitted: bool
    is_trainer: bool
    present: EnteredResult | None
    wanted: EnteredResult
    has_open_change: bool
    reason: str


def refusals_for_change(facts: ChangeFacts) -> tuple[Refusal, ...]:
    """Every reason why this change cannot be proposed."""
    refusals = []
    if not facts.is_submitted:
        refusals.append(Refusal("results_awaited"))
    if facts.is_trainer:
        refusals.append(Refusal("assessor_taught_class"))
    if facts.has_open_change:
        refusals.append(Refusal("assessment_change_open"))
    if facts.present == facts.wanted:
        refusals.append(Refusal("assessment_change_same", field="result"))
    if not is_score(facts.wanted.score):
        refusals.append(Refusal("assessment_score_wrong", field="score"))
    if not facts.reason:
        refusals.append(Refusal("assessment_change_reason", field="reason"))
    return tuple(refusals)


def is_score(score: int | None) -> bool:
    """A whole number from 0 to 100, or none where there are no scores."""
    return score is None or 0 <= score <= SCORE_MAX


def refusals_against(
    live: AssessmentState | None,
    results: Mapping[int, ResultKind],
    wanted: Mapping[int, AssessmentResult],
) -> dict[int, tuple[Refusal, ...]]:
    """What staff want to record, against what the body they asked has said; by enrollment."""
    if live is AssessmentState.ASSIGNED:
        awaited = Refusal("results_awaited")
        return dict.fromkeys(wanted, (awaited,))
    if live is not AssessmentState.SUBMITTED:
        return {}
    refused: dict[int, tuple[Refusal, ...]] = {}
    for enrollment_id, value in wanted.items():
        said = results.get(enrollment_id, ResultKind.VOID)
        if AS_ASSESSMENT[said] is not value:
            result = {"result": ASSESSMENT_LABELS[AS_ASSESSMENT[said]]}
            refused[enrollment_id] = (
                Refusal("result_is_assessors", result, remedy="ask_assessor"),
            )
    return refused
