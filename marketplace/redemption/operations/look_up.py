"""Finding a learner by the code of their voucher: one exact code, never a list."""

from __future__ import annotations

from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.audit.queries import count_events_of_actor
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.attendance import record_attendance, tell_learner
from marketplace.enrollment.queries import find_attendance, get_enrollment
from marketplace.enrollment.states import AttendanceMethod, AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import get_institution
from marketplace.people.queries import lock_user
from marketplace.redemption.queries.reservations import find_enrollment_by_voucher_code
from marketplace.redemption.rules import LOOK_UP_MISSES_MAX

MISSED = "voucher.look_up_missed"


def look_up_voucher(
    typed: str, *, institution_id: int, actor_id: int, course_run_id: int | None = None
) -> Enrollment | None:
    """The institution's own learner with this voucher, or nothing.

    A miss is recorded; ten in an hour lock looking up for the login (`look_ups_locked`). What is
    not this institution's looks exactly like what does not exist.
    """
    lock_user(actor_id)  # guesses at the same moment are counted one after the other
    since = clock.now() - timedelta(hours=1)
    if count_events_of_actor(MISSED, actor_id=actor_id, since=since) >= LOOK_UP_MISSES_MAX:
        raise Refused(Refusal("look_ups_locked"))
    code = tidy(typed).upper().replace(" ", "")
    enrollment_id = find_enrollment_by_voucher_code(code, institution_id=institution_id)
    enrollment = None if enrollment_id is None else get_enrollment(enrollment_id)
    if enrollment is not None and course_run_id not in (None, enrollment.course_run_id):
        enrollment = None
    record_event(
        "voucher.looked_up" if enrollment else MISSED,
        subject_kind="institution",
        subject_code=get_institution(institution_id).code,
        actor_id=actor_id,
        details={"enrollment": enrollment.code} if enrollment else {},
    )
    return enrollment


def sign_in_by_voucher(
    typed: str,
    *,
    course_run_id: int,
    lesson_id: int,
    institution_id: int,
    actor_id: int,
    method: AttendanceMethod = AttendanceMethod.VOUCHER_SCAN,
    device_key: str | None = None,
) -> Enrollment | None:
    """Record the presence of the learner whose voucher was scanned; nothing for an unknown code.

    The learner is told, so that a voucher used without them does not stay unnoticed.
    """
    enrollment = look_up_voucher(
        typed, institution_id=institution_id, actor_id=actor_id, course_run_id=course_run_id
    )
    if enrollment is not None:
        is_new = find_attendance(enrollment.id, lesson_id) is None
        record_attendance(
            enrollment.id,
            lesson_id=lesson_id,
            state=AttendanceState.PRESENT,
            method=method,
            reason=None,
            actor_id=actor_id,
            device_key=device_key,
        )
        if is_new:
            tell_learner("attendance.signed_in_for_you", enrollment, lesson_id)
    return enrollment
