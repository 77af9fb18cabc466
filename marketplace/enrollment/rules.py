"""Who may enroll, what counts as attendance, what a completion is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketplace.enrollment import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.enrollment.states import (
    ENDED,
    LIVE_METHODS,
    AssessmentResult,
    AttendanceMethod,
    AttendanceReason,
    AttendanceState,
    EnrollmentState,
)
from marketplace.foundation.errors import Refusal

DOORS_OPEN = timedelta(minutes=15)
"""How long before a lesson starts learners may sign in at the door."""
OFFER_HOLDS = timedelta(hours=48)
"""How long a seat is kept for whoever is offered it from the waiting list."""
GRACE_DAYS = 7
"""How long after the class attendance may be entered without saying why it comes late."""


@dataclass(frozen=True, slots=True)
class EnrollmentFacts:
    """What a decision about enrolling needs to know."""

    today: date
    run_is_open: bool
    run_is_full: bool
    course_is_offered: bool
    opens_on: date
    closes_on: date
    capacity: int
    already_enrolled: bool


def refusals_for_enrollment(facts: EnrollmentFacts) -> tuple[Refusal, ...]:
    """Every reason why a worker cannot enroll in a course run today."""
    refusals = []
    if facts.already_enrolled:
        refusals.append(Refusal("already_enrolled"))
    if not facts.course_is_offered:
        refusals.append(Refusal("course_not_offered"))
    if facts.run_is_full:
        refusals.append(
            Refusal("class_full", {"capacity": facts.capacity}, remedy="join_waiting_list")
        )
    elif not facts.run_is_open:
        refusals.append(Refusal("class_not_open", remedy="choose_another_run"))
    if facts.today < facts.opens_on:
        refusals.append(
            Refusal("class_window_ahead", {"opens_on": facts.opens_on}, remedy="come_back_then")
        )
    if facts.today > facts.closes_on:
        refusals.append(
            Refusal(
                "class_window_over", {"closes_on": facts.closes_on}, remedy="choose_another_run"
            )
        )
    return tuple(refusals)


def offer_until(now: datetime, *, window_ends_at: datetime) -> datetime:
    """When an offer lapses: after two days, and not after enrollment closes."""
    return min(now + OFFER_HOLDS, window_ends_at)


@dataclass(frozen=True, slots=True)
class AttendanceFacts:
    """What a decision about one learner at one lesson needs to know."""

    now: datetime
    today: date
    enrollment_state: EnrollmentState
    lesson_starts_at: datetime
    lesson_on: date
    run_ends_on: date
    state: AttendanceState
    method: AttendanceMethod
    reason: AttendanceReason | None


def refusals_for_attendance(facts: AttendanceFacts) -> tuple[Refusal, ...]:
    """Every reason why this presence or absence cannot be recorded now."""
    refusals = []
    if facts.enrollment_state in (EnrollmentState.COMPLETED, EnrollmentState.FAILED):
        refusals.append(Refusal("completion_recorded"))
    elif facts.enrollment_state in ENDED:
        refusals.append(Refusal("enrollment_ended"))
    is_live = facts.method in LIVE_METHODS
    if facts.now < facts.lesson_starts_at - (DOORS_OPEN if is_live else timedelta()):
        refusals.append(Refusal("lesson_not_started", {"starts_at": facts.lesson_starts_at}))
    if is_live:
        if facts.today != facts.lesson_on:
            refusals.append(Refusal("scan_only_on_the_day"))
        return tuple(refusals)
    return tuple(refusals) + _refusals_for_entry_by_hand(facts)


def _refusals_for_entry_by_hand(facts: AttendanceFacts) -> tuple[Refusal, ...]:
    refusals = []
    if facts.state is AttendanceState.PRESENT and facts.reason is None:
        refusals.append(Refusal("attendance_reason_required", field="reason"))
    until = facts.run_ends_on + timedelta(days=GRACE_DAYS)
    if facts.today > until and facts.reason is not AttendanceReason.LATE_EVIDENCE:
        refusals.append(
            Refusal(
                "late_evidence_required",
                {"ends_on": facts.run_ends_on, "until": until},
                field="reason",
            )
        )
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class CompletionFacts:
    """What a decision about the end of an enrollment needs to know."""

    now: datetime
    state: EnrollmentState
    lessons_attended: int
    last_lesson_ends_at: datetime
    entries_waiting: int = 0
    """Presences entered by hand that wait for a second person."""
    online_seconds: int = 0
    """Credited online hours: who learned online has been there."""


def refusals_for_completion(facts: CompletionFacts) -> tuple[Refusal, ...]:
    """Every reason why a learner's result cannot be recorded now."""
    refusals = []
    if facts.state in ENDED:
        refusals.append(Refusal("enrollment_ended"))
    if facts.now < facts.last_lesson_ends_at:
        refusals.append(Refusal("lessons_not_over", {"ends_at": facts.last_lesson_ends_at}))
    if facts.entries_waiting:
        refusals.append(
            Refusal(
                "entries_waiting", {"count": facts.entries_waiting}, remedy="confirm_entries_first"
            )
        )
    elif facts.lessons_attended == 0 and facts.online_seconds == 0:
        refusals.append(Refusal("never_attended"))
    return tuple(refusals)


def completion_rate_percent(lessons_attended: int, lessons_total: int) -> int:
    """The completion rate: whole percent, never rounded up."""
    return 100 * lessons_attended // lessons_total if lessons_total else 0


def is_rate_of_hours(rate_percent: int, *, lessons_attended: int, lessons_total: int) -> bool:
    """Whether a recorded rate is of the hours of a class, online ones among them.

    A rate of lessons is what the lessons come to; any other one was decided on hours.
    """
    return rate_percent != completion_rate_percent(lessons_attended, lessons_total)


def state_after_completion(assessment: AssessmentResult) -> EnrollmentState:
    """Failed only if the assessment was failed; attendance thresholds belong to the scheme."""
    if assessment is AssessmentResult.FAILED:
        return EnrollmentState.FAILED
    return EnrollmentState.COMPLETED
