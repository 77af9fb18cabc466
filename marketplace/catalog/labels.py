"""The words pages use for decisions about courses and for late filings."""

from marketplace.catalog.states import CourseDecisionKind, CourseSide, LateFilingState
from marketplace.foundation.errors import N_

DECISION_LABELS: dict[CourseDecisionKind, str] = {
    CourseDecisionKind.SUBMITTED: N_("Submitted for review"),
    CourseDecisionKind.LISTED: N_("Listed"),
    CourseDecisionKind.RETURNED: N_("Returned with reasons"),
    CourseDecisionKind.DELISTED: N_("Taken out of the list"),
    CourseDecisionKind.RELISTED: N_("Listed again"),
}
DECISION_TONES: dict[CourseDecisionKind, str] = {
    CourseDecisionKind.SUBMITTED: "waiting",
    CourseDecisionKind.LISTED: "done",
    CourseDecisionKind.RETURNED: "decision",
    CourseDecisionKind.DELISTED: "decision",
    CourseDecisionKind.RELISTED: "done",
}
SIDE_LABELS: dict[CourseSide, str] = {
    CourseSide.INSTITUTION: N_("the institution"),
    CourseSide.OFFICE: N_("the fund office"),
}
LATE_FILING_LABELS: dict[LateFilingState, str] = {
    LateFilingState.ASKED: N_("waits for the officer's consent"),
    LateFilingState.GRANTED: N_("officer has consented"),
    LateFilingState.REFUSED: N_("officer has not consented"),
}
