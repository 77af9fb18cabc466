"""States of an enrollment and of what proves it."""

from enum import StrEnum


class EnrollmentState(StrEnum):
    WAITLISTED = "waitlisted"
    CONFIRMED = "confirmed"
    TRAINING = "training"
    COMPLETED = "completed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    NO_SHOW = "no_show"


class AttendanceState(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"


class AttendanceMethod(StrEnum):
    """How presence was proved."""

    VOUCHER_SCAN = "voucher_scan"
    """Staff scanned the learner's voucher or typed its one-time code."""
    STAFF_ENTRY = "staff_entry"
    """Staff entered it with a coded reason."""


class AssessmentResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_ASSESSED = "not_assessed"


ENROLLMENT_TRANSITIONS: dict[EnrollmentState, frozenset[EnrollmentState]] = {
    EnrollmentState.WAITLISTED: frozenset({EnrollmentState.CONFIRMED, EnrollmentState.WITHDRAWN}),
    EnrollmentState.CONFIRMED: frozenset(
        {EnrollmentState.TRAINING, EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW}
    ),
    EnrollmentState.TRAINING: frozenset(
        {EnrollmentState.COMPLETED, EnrollmentState.FAILED, EnrollmentState.WITHDRAWN}
    ),
    EnrollmentState.COMPLETED: frozenset(),
    EnrollmentState.FAILED: frozenset(),
    EnrollmentState.WITHDRAWN: frozenset(),
    EnrollmentState.NO_SHOW: frozenset(),
}

ENDED = frozenset(
    {
        EnrollmentState.COMPLETED,
        EnrollmentState.FAILED,
        EnrollmentState.WITHDRAWN,
        EnrollmentState.NO_SHOW,
    }
)
