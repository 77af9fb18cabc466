"""The words pages use for enrollments, attendance and results."""

from marketplace.enrollment.states import (
    AssessmentResult,
    AttendanceMethod,
    AttendanceReason,
    AttendanceState,
    EnrollmentState,
    ExitReason,
    OfflineOutcome,
    OnlineLoss,
    WaitingState,
)
from marketplace.foundation.errors import N_

ENROLLMENT_LABELS: dict[EnrollmentState, str] = {
    EnrollmentState.WAITLISTED: N_("On the waiting list"),
    EnrollmentState.CONFIRMED: N_("Enrolled"),
    EnrollmentState.TRAINING: N_("In training"),
    EnrollmentState.COMPLETED: N_("Completed"),
    EnrollmentState.FAILED: N_("Not passed"),
    EnrollmentState.WITHDRAWN: N_("Withdrawn"),
    EnrollmentState.NO_SHOW: N_("Never came"),
}
ENROLLMENT_TONES: dict[EnrollmentState, str] = {
    EnrollmentState.WAITLISTED: "waiting",
    EnrollmentState.CONFIRMED: "waiting",
    EnrollmentState.TRAINING: "waiting",
    EnrollmentState.COMPLETED: "done",
    EnrollmentState.FAILED: "decision",
    EnrollmentState.WITHDRAWN: "neutral",
    EnrollmentState.NO_SHOW: "neutral",
}
ATTENDANCE_LABELS: dict[AttendanceState, str] = {
    AttendanceState.PRESENT: N_("Present"),
    AttendanceState.ABSENT: N_("Absent"),
}
METHOD_LABELS: dict[AttendanceMethod, str] = {
    AttendanceMethod.LEARNER_SCAN: N_("by the learner's phone"),
    AttendanceMethod.LEARNER_CODE: N_("by the code on the screen"),
    AttendanceMethod.VOUCHER_SCAN: N_("by voucher"),
    AttendanceMethod.STATION: N_("by voucher at the station"),
    AttendanceMethod.STAFF_ENTRY: N_("entered by staff"),
    AttendanceMethod.DECISION: N_("decided by the fund office"),
    AttendanceMethod.OFFLINE_VOUCHER: N_("offline, by voucher"),
    AttendanceMethod.OFFLINE_CODE: N_("offline, by the learner's own code"),
}
ATTENDANCE_REASON_LABELS: dict[AttendanceReason, str] = {
    AttendanceReason.PAPER_SHEET: N_("Signed on a paper sheet"),
    AttendanceReason.VOUCHER_NOT_AT_HAND: N_("Learner did not have the voucher at hand"),
    AttendanceReason.DEVICE_FAILED: N_("Device or network failed"),
    AttendanceReason.NO_VOUCHER: N_("Learner pays without a voucher"),
    AttendanceReason.LATE_EVIDENCE: N_("Evidence came late"),
    AttendanceReason.MISTAKE: N_("An earlier entry was wrong"),
}
EXIT_REASON_LABELS: dict[ExitReason, str] = {
    ExitReason.FOUND_WORK: N_("I found work"),
    ExitReason.ILLNESS: N_("Illness"),
    ExitReason.FAMILY: N_("Family reasons"),
    ExitReason.TIMES_DO_NOT_SUIT: N_("The times do not suit me"),
    ExitReason.COURSE_DOES_NOT_SUIT: N_("The course does not suit me"),
    ExitReason.CLASS_CHANGED: N_("The institution changed the class"),
    ExitReason.OTHER: N_("Another reason"),
    ExitReason.NO_SHOW: N_("Never came to class"),
    ExitReason.RUN_CANCELED: N_("The class was canceled"),
    ExitReason.NOT_REDEEMABLE: N_("The voucher cannot pay for this training"),
    ExitReason.SWAPPED: N_("Changed to another class"),
}
ASSESSMENT_LABELS: dict[AssessmentResult, str] = {
    AssessmentResult.PASSED: N_("Assessment passed"),
    AssessmentResult.FAILED: N_("Assessment failed"),
    AssessmentResult.NOT_ASSESSED: N_("No assessment"),
}
WAITING_LABELS: dict[WaitingState, str] = {
    WaitingState.WAITING: N_("On the waiting list"),
    WaitingState.OFFERED: N_("A seat is kept for you"),
    WaitingState.ENROLLED: N_("Enrolled"),
    WaitingState.LAPSED: N_("Offer not taken in time"),
    WaitingState.LEFT: N_("Left the waiting list"),
}
ONLINE_LOSS_LABELS: dict[OnlineLoss, str] = {
    OnlineLoss.OUTSIDE: N_("before enrolling, or outside the days of the class"),
    OnlineLoss.LESSON: N_("during a lesson the learner was present at"),
    OnlineLoss.COUNTED: N_("overlaps other online learning that is counted already"),
    OnlineLoss.DAY_LIMIT: N_("more than 6 hours in one day"),
}
OUTCOME_LABELS: dict[OfflineOutcome, str] = {
    OfflineOutcome.ACCEPTED: N_("Newly recorded"),
    OfflineOutcome.KNOWN: N_("Present already"),
    OfflineOutcome.REFUSED: N_("Refused"),
}
OUTCOME_TONES: dict[OfflineOutcome, str] = {
    OfflineOutcome.ACCEPTED: "done",
    OfflineOutcome.KNOWN: "neutral",
    OfflineOutcome.REFUSED: "decision",
}
