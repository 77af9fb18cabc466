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

    LEARNER_SCAN = "learner_scan"
    """The learner scanned the changing square of the classroom screen with their own phone."""
    LEARNER_CODE = "learner_code"
    """The learner typed the changing number of the classroom screen."""
    VOUCHER_SCAN = "voucher_scan"
    """Staff scanned the learner's voucher or typed its code."""
    STATION = "station"
    """The learner scanned or typed their voucher at a station by the door, helped by staff."""
    STAFF_ENTRY = "staff_entry"
    """Staff entered it with a coded reason; presence also needs a second person."""
    DECISION = "decision"
    """An officer decided a dispute about it."""
    OFFLINE_VOUCHER = "offline_voucher"
    """A device without network read the learner's voucher; taken in later from its signed file."""
    OFFLINE_CODE = "offline_code"
    """The learner typed their own code of this lesson at a device without network."""


LIVE_METHODS = frozenset(
    {
        AttendanceMethod.LEARNER_SCAN,
        AttendanceMethod.LEARNER_CODE,
        AttendanceMethod.VOUCHER_SCAN,
        AttendanceMethod.STATION,
    }
)
"""Proved while the lesson is held, one learner at a time."""
PHONE_METHODS = frozenset({AttendanceMethod.LEARNER_SCAN, AttendanceMethod.LEARNER_CODE})
"""Proved by the learner's own login."""
OFFLINE_METHODS = frozenset({AttendanceMethod.OFFLINE_VOUCHER, AttendanceMethod.OFFLINE_CODE})
"""Proved in the lesson at a device without network: its clock says when, ours when it came in."""


class OfflineOutcome(StrEnum):
    """What became of one sign-in of a device's file."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    """The learner was recorded as present already; nothing changed."""
    REFUSED = "refused"


class OnlineVerb(StrEnum):
    """What a learning platform says of a learner, by the last word of the verb's address."""

    ATTENDED = "attended"
    EXPERIENCED = "experienced"
    PROGRESSED = "progressed"
    INTERACTED = "interacted"
    ANSWERED = "answered"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"
    TERMINATED = "terminated"
    """A session ended (cmi5)."""


FINISHING_VERBS = frozenset({OnlineVerb.COMPLETED, OnlineVerb.PASSED})
"""The learner is through with an activity."""


class OnlineLoss(StrEnum):
    """Why online time is not credited."""

    OUTSIDE = "outside"
    LESSON = "lesson"
    COUNTED = "counted"
    DAY_LIMIT = "day_limit"


class WaitingState(StrEnum):
    """A place on the waiting list of a course."""

    WAITING = "waiting"
    OFFERED = "offered"
    """A seat is kept for this person until a moment."""
    ENROLLED = "enrolled"
    LAPSED = "lapsed"
    """The offer was not taken in time."""
    LEFT = "left"


class PresenceEntryState(StrEnum):
    """Presence entered by hand: it counts once a second person has confirmed it."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class AttendanceReason(StrEnum):
    """Why staff entered presence by hand instead of by the learner's voucher."""

    VOUCHER_NOT_AT_HAND = "voucher_not_at_hand"
    DEVICE_FAILED = "device_failed"
    NO_VOUCHER = "no_voucher"
    """The learner pays for the course without a voucher."""
    PAPER_SHEET = "paper_sheet"
    LATE_EVIDENCE = "late_evidence"
    """Proof that came after the period of grace; the only reason accepted then."""
    MISTAKE = "mistake"
    """An earlier entry was wrong (corrections)."""


class ExitReason(StrEnum):
    """Why an enrollment ended before completion."""

    FOUND_WORK = "found_work"
    ILLNESS = "illness"
    FAMILY = "family"
    TIMES_DO_NOT_SUIT = "times_do_not_suit"
    COURSE_DOES_NOT_SUIT = "course_does_not_suit"
    CLASS_CHANGED = "class_changed"
    """The institution changed place, times or teacher after the learner had enrolled."""
    OTHER = "other"
    NO_SHOW = "no_show"
    RUN_CANCELED = "run_canceled"
    NOT_REDEEMABLE = "not_redeemable"
    """The training ended, but the voucher cannot be redeemed for it."""
    SWAPPED = "swapped"
    """The learner changed to another class and took the money along."""


LEARNER_REASONS = (
    ExitReason.FOUND_WORK,
    ExitReason.ILLNESS,
    ExitReason.FAMILY,
    ExitReason.TIMES_DO_NOT_SUIT,
    ExitReason.COURSE_DOES_NOT_SUIT,
    ExitReason.CLASS_CHANGED,
    ExitReason.OTHER,
)
"""What a learner who withdraws may choose from; the class changed only if it did."""


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
