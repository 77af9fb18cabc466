"""Signing in to a lesson by the changing code of the classroom screen, at the server's time."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.audit.operations import record_event
from marketplace.audit.queries import count_events_of_actor
from marketplace.catalog.models import Lesson
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.models import Attendance, Enrollment, LessonSignIn
from marketplace.enrollment.operations.changes import add_presence, prove_presence
from marketplace.enrollment.queries import find_attendance, lock_enrollment
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.sign_in_codes import (
    SignInCode,
    read_receipt,
    read_token,
    typed_code_for,
    window_of,
)
from marketplace.enrollment.sign_in_queries import (
    OpenLesson,
    OpenPlace,
    find_opening_for_worker,
    find_sign_in_of_lesson,
    find_state_at,
    get_lesson,
    lock_open_places,
)
from marketplace.enrollment.sign_in_rules import (
    CODE_MISSES_MAX,
    SignInFacts,
    refusals_for_opening_sign_in,
    refusals_for_sign_in,
)
from marketplace.enrollment.states import AttendanceMethod, AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.people.queries import get_user

OLD_WINDOWS = 20
"""Figures of the last ten minutes are known as old ones and are no miss."""
CODE_MISSED = "attendance.code_missed"


def open_sign_in(lesson_id: int, *, actor_id: int) -> LessonSignIn:
    """Let the learners of a lesson sign in; again after it was closed opens it again.

    Refuses earlier than a quarter of an hour before the lesson, and after it.
    """
    lesson = get_lesson(lesson_id)
    sign_in = find_sign_in_of_lesson(lesson_id)
    if sign_in is not None and sign_in.closed_at is None:
        return sign_in
    refusals = refusals_for_opening_sign_in(
        clock.now(), starts_at=lesson.starts_at, ends_at=lesson.ends_at
    )
    if refusals:
        raise Refused(refusals)
    if sign_in is None:
        sign_in = LessonSignIn(
            code=new_code("SI"), lesson_id=lesson_id, opened_by=actor_id, opened_at=clock.now()
        )
        db.session.add(sign_in)
    sign_in.closed_at = sign_in.closed_by = None
    db.session.flush()
    _record_opening("lesson.sign_in_opened", lesson, actor_id)
    return sign_in


def close_sign_in(lesson_id: int, *, actor_id: int) -> LessonSignIn:
    """Late comers are entered by hand from now on."""
    lesson = get_lesson(lesson_id)
    sign_in = find_sign_in_of_lesson(lesson_id)
    if sign_in is None:
        raise Refused(Refusal("sign_in_not_open"))
    if sign_in.closed_at is None:
        sign_in.closed_at, sign_in.closed_by = clock.now(), actor_id
        db.session.flush()
        _record_opening("lesson.sign_in_closed", lesson, actor_id)
    return sign_in


def sign_in_by_token(
    token: str, *, worker_id: int, actor_id: int, device_key: str | None, receipt: str = ""
) -> Attendance:
    """The learner scanned the square and said yes: present, once per person and lesson.

    Again finds the earlier entry, also with a code that is old by then. Refuses a code that we
    did not make, is of another class, or was replaced, unless a receipt proves that the learner
    opened it while it was live.
    """
    code = read_token(token)
    opening = find_opening_for_worker(code.opening_code, worker_id) if code else None
    if code is None or opening is None:
        raise Refused(Refusal("sign_in_code_unknown", remedy="scan_code_on_screen"))
    return _sign_in(
        opening,
        code,
        method=AttendanceMethod.LEARNER_SCAN,
        held_at=read_receipt(receipt, token=token, worker_id=worker_id),
        actor_id=actor_id,
        device_key=device_key,
    )


def list_token_refusals(
    token: str, *, worker_id: int
) -> tuple[OpenLesson | None, tuple[Refusal, ...]]:
    """What a scanned square leads to, and every reason why it does not count now."""
    code = read_token(token)
    opening = find_opening_for_worker(code.opening_code, worker_id) if code else None
    if code is None or opening is None:
        return None, (Refusal("sign_in_code_unknown", remedy="scan_code_on_screen"),)
    if opening.enrollment and _is_present(opening.enrollment.id, opening.lesson.id):
        return opening, ()
    return opening, refusals_for_sign_in(_facts(opening, code, opening.enrollment, None))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A learner is present at a lesson."""

    enrollment_id: int
    enrollment_code: str
    lesson_id: int
    lesson_number: int


def sign_in_by_typed_code(
    typed: str, *, worker_id: int, actor_id: int, device_key: str | None
) -> SignedIn | None:
    """The learner typed the six figures; nothing for figures that are none of theirs.

    Present once per person and lesson; again changes nothing. A miss is recorded; ten in an hour
    lock typing for the login (`sign_in_codes_locked`). Figures of the last minutes are refused as
    old ones (`sign_in_code_past`).
    """
    now = clock.now()
    since = now - timedelta(hours=1)
    places = lock_open_places(
        worker_id,
        now=now,
        doors_at=now + DOORS_OPEN,
        missed=CODE_MISSED,
        actor_id=actor_id,
        since=since,
    )
    misses = (
        places[0].misses
        if places
        else count_events_of_actor(CODE_MISSED, actor_id=actor_id, since=since)
    )
    if misses >= CODE_MISSES_MAX:
        raise Refused(Refusal("sign_in_codes_locked"))
    figures = "".join(char for char in typed if char.isdecimal())
    for place in places:
        if code := _find_code(place.opening_code, figures, now):
            return _be_present(place, code, actor_id=actor_id, device_key=device_key)
    record_event(
        CODE_MISSED,
        subject_kind="user",
        subject_code=get_user(actor_id).code,
        actor_id=actor_id,
    )
    return None


def _be_present(
    place: OpenPlace, code: SignInCode, *, actor_id: int, device_key: str | None
) -> SignedIn:
    """The enrollment is held already: what is recorded now stays until we are done."""
    done = SignedIn(place.enrollment_id, place.enrollment_code, place.lesson_id, place.number)
    recorded = find_state_at(place.enrollment_id, place.lesson_id)
    if recorded is AttendanceState.PRESENT:
        return done
    facts = SignInFacts(
        now=clock.now(),
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        is_closed=False,
        enrollment_state=place.state,
        shown_at=code.shown_at,
        held_at=None,
    )
    if refusals := refusals_for_sign_in(facts):
        raise Refused(refusals)
    if recorded is None:
        add_presence(place, actor_id=actor_id, device_key=device_key, code_shown_at=code.shown_at)
        return done
    prove_presence(
        lock_enrollment(place.enrollment_id),
        place.lesson_id,
        find_attendance(place.enrollment_id, place.lesson_id),
        method=AttendanceMethod.LEARNER_CODE,
        actor_id=actor_id,
        device_key=device_key,
        code_shown_at=code.shown_at,
    )
    return done


def _find_code(opening_code: str, figures: str, now: datetime) -> SignInCode | None:
    """The newest half-minute with these figures, as far back as old ones are told apart."""
    newest = window_of(now)
    for window in range(newest, newest - OLD_WINDOWS, -1):
        if hmac.compare_digest(typed_code_for(opening_code, window).encode(), figures.encode()):
            return SignInCode(opening_code, window)
    return None


def _sign_in(
    opening: OpenLesson,
    code: SignInCode,
    *,
    method: AttendanceMethod,
    held_at: datetime | None,
    actor_id: int,
    device_key: str | None,
) -> Attendance:
    if opening.enrollment is None:
        raise Refused(Refusal("not_your_class"))
    enrollment = lock_enrollment(opening.enrollment.id)
    earlier = find_attendance(enrollment.id, opening.lesson.id)
    if earlier is not None and earlier.state is AttendanceState.PRESENT:
        return earlier
    if refusals := refusals_for_sign_in(_facts(opening, code, enrollment, held_at)):
        raise Refused(refusals)
    return prove_presence(
        enrollment,
        opening.lesson.id,
        earlier,
        method=method,
        actor_id=actor_id,
        device_key=device_key,
        code_shown_at=code.shown_at,
    )


def _facts(
    opening: OpenLesson, code: SignInCode, enrollment: Enrollment | None, held_at: datetime | None
) -> SignInFacts:
    return SignInFacts(
        now=clock.now(),
        starts_at=opening.lesson.starts_at,
        ends_at=opening.lesson.ends_at,
        is_closed=opening.sign_in.closed_at is not None,
        enrollment_state=enrollment.state if enrollment else None,
        shown_at=code.shown_at,
        held_at=held_at,
    )


def _is_present(enrollment_id: int, lesson_id: int) -> bool:
    entry = find_attendance(enrollment_id, lesson_id)
    return entry is not None and entry.state is AttendanceState.PRESENT


def _record_opening(event: str, lesson: Lesson, actor_id: int) -> None:
    record_event(
        event,
        subject_kind="course_run",
        subject_code=get_course_run(lesson.course_run_id).code,
        actor_id=actor_id,
        details={"lesson_id": lesson.id},
    )
