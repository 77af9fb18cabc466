"""States of an assessment and of a change of its results."""

from enum import StrEnum


class AssessmentState(StrEnum):
    ASSIGNED = "assigned"
    SUBMITTED = "submitted"
    """Every result is entered; from now on two people change one."""
    CANCELED = "canceled"


class ResultKind(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    VOID = "void"
    """It counts as if the learner had not been assessed."""


class ChangeState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


ASSESSMENT_TRANSITIONS: dict[AssessmentState, frozenset[AssessmentState]] = {
    AssessmentState.ASSIGNED: frozenset({AssessmentState.SUBMITTED, AssessmentState.CANCELED}),
    AssessmentState.SUBMITTED: frozenset(),
    AssessmentState.CANCELED: frozenset(),
}
