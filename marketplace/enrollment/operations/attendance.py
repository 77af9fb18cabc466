"""Who was there: at the server's time, with its proof."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.catalog.queries.course_runs import get_course_run_facts, list_lessons
from marketplace.enrollment.models import Attendance, Enrollment, PresenceEntry
from marketplace.enrollment.operations.changes import (
    begin_training,
    record_enrollment,
    record_lesson,
    rewrite_attendance,
)
from marketplace.enrollment.queries import (
    find_attendance,
    get_attendance,
    list_live_enrollments_of_run,
    lock_enrollment,
)
from marketplace.enrollment.rules import AttendanceFacts, refusals_for_attendance
from marketplace.enrollment.sign_in_queries import (
    find_waiting_entry,
    get_lesson,
    list_waiting_entries,
)
from marketplace.enrollment.states import (
    AttendanceMethod,
    AttendanceReason,
    AttendanceState,
    PresenceEntryState,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker


def record_attendance(
    enrollment_id: int,
    *,
    lesson_id: int,
    state: AttendanceState,
    method: AttendanceMethod,
    reason: AttendanceReason | None,
    actor_id: int,
    second_by: int | None = None,
    device_key: str | None = None,
) -> Attendance:
    """Record one learner at one lesson, at the server's time.

    The same again changes nothing; something else is refused (`attendance_recorded`). Refuses
    before the lesson starts, a scan on another day, entries after the period of grace, presence
    by hand without a reason or without a second person (`second_by`): the database refuses that
    too. The first presence begins the training.
    """
    enrollment = lock_enrollment(enrollment_id)
    if earlier := find_attendance(enrollment_id, lesson_id):
        if earlier.state is not state:
            raise Refused(Refusal("attendance_recorded"))
        return earlier
    check_attendance(enrollment, lesson_id, state, method, reason)
    _require_second_person(state, method, actor_id, second_by)
    attendance = Attendance(
        enrollment_id=enrollment_id,
        lesson_id=lesson_id,
        state=state,
        method=method,
        reason=reason,
        recorded_by=actor_id,
        recorded_at=clock.now(),
        second_by=second_by,
        second_at=clock.now() if second_by else None,
        device_key=device_key,
    )
    db.session.add(attendance)
    begin_training(enrollment, state)
    db.session.flush()
    record_lesson("attendance.recorded", enrollment, attendance, actor_id, reason)
    return attendance


def record_attendance_sheet(
    course_run_id: int,
    *,
    lesson_id: int,
    marks: Mapping[int, AttendanceState],
    reason: AttendanceReason | None,
    actor_id: int,
) -> int:
    """Record a whole lesson at once: all marks or none; returns how many were new.

    Absences count at once; presences wait for a second person. Learners already recorded keep
    their entry: a scan is better proof than a list.
    """
    new = 0
    for enrollment in list_live_enrollments_of_run(course_run_id):
        state = marks.get(enrollment.id)
        if state is None or find_attendance(enrollment.id, lesson_id):
            continue
        if state is AttendanceState.PRESENT:
            enter_presence(enrollment.id, lesson_id=lesson_id, reason=reason, actor_id=actor_id)
        else:
            record_attendance(
                enrollment.id,
                lesson_id=lesson_id,
                state=state,
                method=AttendanceMethod.STAFF_ENTRY,
                reason=_late_only(reason),
                actor_id=actor_id,
            )
        new += 1
    return new


def enter_presence(
    enrollment_id: int, *, lesson_id: int, reason: AttendanceReason | None, actor_id: int
) -> PresenceEntry:
    """Staff say by hand, with a reason, that a learner was there: it waits for a second person.

    The learner is told. Once for each learner and lesson; refuses what recording refuses.
    """
    enrollment = lock_enrollment(enrollment_id)
    if waiting := find_waiting_entry(enrollment_id, lesson_id):
        return waiting
    method, present = AttendanceMethod.STAFF_ENTRY, AttendanceState.PRESENT
    check_attendance(enrollment, lesson_id, present, method, reason)
    assert reason is not None, "refused above"
    entry = PresenceEntry(
        enrollment_id=enrollment_id,
        lesson_id=lesson_id,
        reason=reason,
        state=PresenceEntryState.WAITING,
        entered_by=actor_id,
        entered_at=clock.now(),
    )
    db.session.add(entry)
    db.session.flush()
    details = {"lesson_id": lesson_id}
    record_enrollment("attendance.entered", enrollment, actor_id, reason=reason, details=details)
    tell_learner("attendance.entered_for_you", enrollment, lesson_id)
    return entry


def confirm_presence(entry_id: int, *, actor_id: int) -> Attendance:
    """A second person, a colleague or the learner, says that an entry by hand is true.

    Refuses the person who entered it (`same_person`) and an entry that is decided.
    """
    entry, enrollment = _lock_entry(entry_id)
    if entry.entered_by == actor_id:
        raise Refused(Refusal("same_person"))
    _decide_entry(entry, PresenceEntryState.CONFIRMED, actor_id)
    reason = AttendanceReason(entry.reason)
    earlier = find_attendance(entry.enrollment_id, entry.lesson_id)
    if earlier is None:
        return record_attendance(
            entry.enrollment_id,
            lesson_id=entry.lesson_id,
            state=AttendanceState.PRESENT,
            method=AttendanceMethod.STAFF_ENTRY,
            reason=reason,
            actor_id=entry.entered_by,
            second_by=actor_id,
        )
    if earlier.state is not AttendanceState.PRESENT:
        present, method = AttendanceState.PRESENT, AttendanceMethod.STAFF_ENTRY
        check_attendance(enrollment, entry.lesson_id, present, method, reason)
        rewrite_attendance(earlier, present, reason, entry.entered_by, second_by=actor_id)
        begin_training(enrollment, present)
        record_lesson("attendance.corrected", enrollment, earlier, actor_id, reason)
    return earlier


def confirm_lesson_presences(lesson_id: int, *, actor_id: int) -> int:
    """A colleague confirms all that others entered by hand for a lesson; answers how many.

    Their own entries wait on. Refuses when only those are there (`second_person_needed`).
    """
    others = [one for one in list_waiting_entries(lesson_id) if one.entered_by != actor_id]
    if not others:
        raise Refused(Refusal("second_person_needed"))
    for entry in others:
        confirm_presence(entry.id, actor_id=actor_id)
    return len(others)


def refuse_presence(entry_id: int, *, actor_id: int) -> PresenceEntry:
    """A second person says that an entry by hand is not true; its author may take it back."""
    entry, enrollment = _lock_entry(entry_id)
    if entry.entered_by == actor_id:
        raise Refused(Refusal("same_person"))
    _decide_entry(entry, PresenceEntryState.REFUSED, actor_id)
    details = {"lesson_id": entry.lesson_id}
    record_enrollment(
        "attendance.entry_refused", enrollment, actor_id, reason=entry.reason, details=details
    )
    return entry


def correct_attendance(
    attendance_id: int, *, state: AttendanceState, reason: AttendanceReason, actor_id: int
) -> Attendance:
    """Put a wrong entry right until the result is recorded; the audit trail keeps both.

    An absence that becomes a presence waits for a second person first.
    """
    attendance = get_attendance(attendance_id)
    enrollment = lock_enrollment(attendance.enrollment_id)
    if attendance.state is state:
        return attendance
    if state is AttendanceState.PRESENT:
        lesson_id = attendance.lesson_id
        enter_presence(enrollment.id, lesson_id=lesson_id, reason=reason, actor_id=actor_id)
        return attendance
    method = AttendanceMethod.STAFF_ENTRY
    check_attendance(enrollment, attendance.lesson_id, state, method, reason)
    rewrite_attendance(attendance, state, reason, actor_id)
    begin_training(enrollment, state)
    record_lesson("attendance.corrected", enrollment, attendance, actor_id, reason)
    return attendance


def tell_learner(kind: str, enrollment: Enrollment, lesson_id: int) -> None:
    """Others recorded something for the learner: they hear of it at once and can object."""
    user_id = get_worker(enrollment.worker_id).user_id
    if user_id is not None:
        facts = get_course_run_facts(enrollment.course_run_id)
        params = {"number": get_lesson(lesson_id).number, "title": facts.title}
        send_notice(user_id, kind=kind, params=params, link=f"/me/classes/{enrollment.code}")


def _lock_entry(entry_id: int) -> tuple[PresenceEntry, Enrollment]:
    entry = db.session.get(PresenceEntry, entry_id)
    if entry is None:
        raise NotFound("presence_entry")
    enrollment = lock_enrollment(entry.enrollment_id)
    db.session.refresh(entry)
    if entry.state is not PresenceEntryState.WAITING:
        raise Refused(Refusal("entry_is_decided"))
    return entry, enrollment


def _decide_entry(entry: PresenceEntry, state: PresenceEntryState, actor_id: int) -> None:
    entry.state = state
    entry.decided_by, entry.decided_at = actor_id, clock.now()
    db.session.flush()


def _require_second_person(
    state: AttendanceState, method: AttendanceMethod, actor_id: int, second_by: int | None
) -> None:
    by_hand = method is AttendanceMethod.STAFF_ENTRY and state is AttendanceState.PRESENT
    if by_hand and second_by is None:
        raise Refused(Refusal("second_person_needed"))
    if second_by == actor_id:
        raise Refused(Refusal("same_person"))


def check_attendance(
    enrollment: Enrollment,
    lesson_id: int,
    state: AttendanceState,
    method: AttendanceMethod,
    reason: AttendanceReason | None,
) -> None:
    """Refuse, with every reason, what cannot be recorded of a learner at a lesson now."""
    lessons = {lesson.id: lesson for lesson in list_lessons(enrollment.course_run_id)}
    lesson = lessons.get(lesson_id)
    if lesson is None:
        raise Refused(Refusal("lesson_not_of_run"))
    facts = AttendanceFacts(
        now=clock.now(),
        today=clock.today(),
        enrollment_state=enrollment.state,
        lesson_starts_at=lesson.starts_at,
        lesson_on=clock.local_date(lesson.starts_at),
        run_ends_on=get_course_run_facts(enrollment.course_run_id).ends_on,
        state=state,
        method=method,
        reason=reason,
    )
    if refusals := refusals_for_attendance(facts):
        raise Refused(refusals)


def _late_only(reason: AttendanceReason | None) -> AttendanceReason | None:
    return reason if reason is AttendanceReason.LATE_EVIDENCE else None
