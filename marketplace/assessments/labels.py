"""The words pages use for assessments by another party."""

from marketplace.assessments.states import AssessmentState, ChangeState, ResultKind
from marketplace.foundation.errors import N_

ASSESSMENT_STATE_LABELS: dict[AssessmentState, str] = {
    AssessmentState.ASSIGNED: N_("Results awaited"),
    AssessmentState.SUBMITTED: N_("Results entered"),
    AssessmentState.CANCELED: N_("Canceled"),
}
ASSESSMENT_TONES: dict[AssessmentState, str] = {
    AssessmentState.ASSIGNED: "waiting",
    AssessmentState.SUBMITTED: "done",
    AssessmentState.CANCELED: "neutral",
}
RESULT_LABELS: dict[ResultKind, str] = {
    ResultKind.PASSED: N_("Passed"),
    ResultKind.FAILED: N_("Did not pass"),
    ResultKind.VOID: N_("Void"),
}
CHANGE_STATE_LABELS: dict[ChangeState, str] = {
    ChangeState.PROPOSED: N_("Waits for the second person"),
    ChangeState.ACCEPTED: N_("Accepted"),
    ChangeState.REJECTED: N_("Rejected"),
}
