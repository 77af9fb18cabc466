"""Changing rows of this room, and the audit rows that go with it; used by the other modules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, insert, update

from marketplace.audit.operations import record_event
from marketplace.enrollment.models import Attendance, Enrollment
from marketplace.enrollment.sign_in_queries import OpenPlace
from marketplace.enrollment.states import (
    ENDED,
    ENROLLMENT_TRANSITIONS,
    AttendanceMethod,
    AttendanceReason,
    AttendanceState,
    EnrollmentState,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import Refusal, Refused


def move_enrollment(enrollment: Enrollment, state: EnrollmentState) -> None:
    """One step of the table of transitions; refuses any other."""
    if state not in ENROLLMENT_TRANSITIONS[enrollment.state]:
        code = "enrollment_ended" if enrollment.state in ENDED else "state_forbids"
        raise Refused(Refusal(code, {"state": enrollment.state.value}))
    enrollment.state = state
    enrollment.changed_at = clock.now()
    db.session.flush()


def begin_training(enrollment: Enrollment, state: AttendanceState) -> None:
    """The first presence begins the training."""
    if state is AttendanceState.PRESENT and enrollment.state is EnrollmentState.CONFIRMED:
        move_enrollment(enrollment, EnrollmentState.TRAINING)


def rewrite_attendance(
    attendance: Attendance,
    state: AttendanceState,
    reason: AttendanceReason,
    actor_id: int,
    *,
    method: AttendanceMethod = AttendanceMethod.STAFF_ENTRY,
    second_by: int | None = None,
) -> None:
    """Put another state in the place of an entry; the trail keeps the first."""
    attendance.state = state
    attendance.method = method
    attendance.reason = reason
    attendance.recorded_by = actor_id
    attendance.recorded_at = clock.now()
    attendance.second_by = second_by
    attendance.second_at = clock.now() if second_by else None
    attendance.device_key = attendance.code_shown_at = attendance.synced_at = None
    db.session.flush()


_INSERT_PRESENCE = insert(table_of(Attendance))
_BEGIN_TRAINING = (
    update(table_of(Enrollment))
    .where(
        table_of(Enrollment).c.id == bindparam("enrollment_id"),
        table_of(Enrollment).c.state == EnrollmentState.CONFIRMED,
    )
    .values(state=EnrollmentState.TRAINING, changed_at=bindparam("at"))
)


def add_presence(
    place: OpenPlace, *, actor_id: int, device_key: str | None, code_shown_at: datetime
) -> None:
    """The same as `prove_presence` for figures typed where nothing is recorded yet: its rows
    without objects, since a whole school does it within the same minutes."""
    now = clock.now()
    db.session.execute(
        _INSERT_PRESENCE,
        {
            "enrollment_id": place.enrollment_id,
            "lesson_id": place.lesson_id,
            "state": AttendanceState.PRESENT,
            "method": AttendanceMethod.LEARNER_CODE,
            "recorded_by": actor_id,
            "recorded_at": now,
            "learner_confirmed_at": now,
            "device_key": device_key,
            "code_shown_at": code_shown_at,
        },
    )
    if place.state is EnrollmentState.CONFIRMED:
        db.session.execute(_BEGIN_TRAINING, {"enrollment_id": place.enrollment_id, "at": now})
    record_event(
        "attendance.recorded",
        subject_kind="enrollment",
        subject_code=place.enrollment_code,
        actor_id=actor_id,
        details={
            "lesson_id": place.lesson_id,
            "state": AttendanceState.PRESENT,
            "method": AttendanceMethod.LEARNER_CODE,
        },
    )


def prove_presence(
    enrollment: Enrollment,
    lesson_id: int,
    earlier: Attendance | None,
    *,
    method: AttendanceMethod,
    actor_id: int,
    device_key: str | None,
    code_shown_at: datetime | None = None,
    at_device: datetime | None = None,
) -> Attendance:
    """The learner proves to be there; that outweighs an absence entered before.

    `at_device` is the time of a device without network whose file comes in now.
    """
    event = "attendance.corrected" if earlier else "attendance.recorded"
    attendance = earlier or Attendance(enrollment_id=enrollment.id, lesson_id=lesson_id)
    attendance.state = AttendanceState.PRESENT
    attendance.method = method
    attendance.reason = None
    attendance.recorded_by = actor_id
    attendance.recorded_at = at_device or clock.now()
    attendance.synced_at = clock.now() if at_device else None
    attendance.learner_confirmed_at = None if at_device else clock.now()
    attendance.device_key = device_key
    attendance.code_shown_at = code_shown_at
    db.session.add(attendance)
    begin_training(enrollment, AttendanceState.PRESENT)
    db.session.flush()
    record_lesson(event, enrollment, attendance, actor_id, None)
    return attendance


def record_enrollment(
    event: str,
    enrollment: Enrollment,
    actor_id: int | None,
    *,
    reason: str | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """An audit row about an enrollment."""
    record_event(
        event,
        subject_kind="enrollment",
        subject_code=enrollment.code,
        actor_id=actor_id,
        reason=reason,
        details=dict(details or {}),
    )


def record_lesson(
    event: str,
    enrollment: Enrollment,
    attendance: Attendance,
    actor_id: int | None,
    reason: str | None,
) -> None:
    """An audit row about one learner's attendance at one lesson."""
    details = {
        "lesson_id": attendance.lesson_id,
        "state": attendance.state,
        "method": attendance.method,
    }
    record_enrollment(event, enrollment, actor_id, reason=reason, details=details)
