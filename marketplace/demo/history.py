"""What has happened so far: course runs taught, vouchers spent, a month settled and paid.

Every step is the real operation, at the clock of the day on which it would have happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from marketplace.catalog.operations.course_runs import (
    LessonTimes,
    file_course_run,
    finish_course_run,
    open_course_run,
    start_course_run,
)
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.demo.cast import Cast, SchoolInPlay
from marketplace.enrollment.operations.attendance import record_attendance
from marketplace.enrollment.operations.complete import complete_enrollment
from marketplace.enrollment.states import AssessmentResult, AttendanceMethod, AttendanceState
from marketplace.evidence.operations.check import check_course_run
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.records.operations.certificates import issue_certificates
from marketplace.redemption.operations.redeem import redeem_course_run
from marketplace.redemption.operations.reserve import reserve_voucher
from marketplace.vouchers.operations.issue import claim_voucher
from marketplace.vouchers.operations.quotes import make_quote

LESSON_HOURS = 8


@contextmanager
def at(day: date, hour: int = 10) -> Iterator[None]:
    """Act as on that local day and hour."""
    with clock.frozen(datetime.combine(day, time(hour), clock.zone())):
        yield


@dataclass
class RunInPlay:
    """A course run with its learners."""

    course_run_id: int
    school: SchoolInPlay
    first_on: date
    last_on: date
    enrollments: dict[int, int] = field(default_factory=dict)
    """Worker -> enrollment."""


def announce_run(
    school: SchoolInPlay,
    course_number: int,
    *,
    first_on: date,
    announced_on: date,
    capacity: int,
    ground_number: int = 0,
) -> RunInPlay:
    """File and open a course run whose lessons fill consecutive days.

    `ground_number` is the room and trainer it takes up, where the school has registered any.
    """
    ground = school.grounds[ground_number] if school.grounds else None
    offer = school.school.offers[course_number]
    days = -(-offer.hours // LESSON_HOURS)
    last_on = first_on + timedelta(days=days - 1)
    lessons = [
        LessonTimes(
            starts_at=datetime.combine(day, time(8, 30), clock.zone()),
            ends_at=datetime.combine(day, time(17, 0), clock.zone()),
            room=ground.room if ground else "201",
            teacher=ground.trainer if ground else "外聘讲师",
            topic=f"第 {number + 1} 课",
            room_id=ground.room_id if ground else None,
            trainer_id=ground.trainer_id if ground else None,
        )
        for number, day in enumerate(first_on + timedelta(days=n) for n in range(days))
    ]
    with at(announced_on), write_transaction():
        run = file_course_run(
            school.course_ids[course_number],
            starts_on=first_on,
            ends_on=last_on,
            enrollment_opens_on=announced_on,
            enrollment_closes_on=max(announced_on, first_on - timedelta(days=1)),
            capacity=capacity,
            site=school.school.address,
            site_id=school.site_id,
            jurisdiction_id=school.jurisdiction_id,
            lessons=lessons,
            actor_id=school.manager_id,
        )
        open_course_run(run.id, actor_id=school.manager_id)
    return RunInPlay(run.id, school, first_on, last_on)


def enroll(
    run: RunInPlay, worker_ids: Sequence[int], *, scheme_id: int, cast: Cast, on: date
) -> None:
    """Each worker claims a voucher, is quoted, and reserves a place."""
    for worker_id in worker_ids:
        with at(on), write_transaction():
            voucher = claim_voucher(worker_id, scheme_id=scheme_id, actor_id=cast.users["maker"])
            quote = make_quote(
                worker_id,
                voucher_id=voucher.id,
                course_run_id=run.course_run_id,
                actor_id=cast.users["maker"],
            )
            reservation = reserve_voucher(
                voucher.id, quote_id=quote.id, worker_id=worker_id, actor_id=cast.users["maker"]
            )
            run.enrollments[worker_id] = reservation.enrollment_id


def teach(run: RunInPlay, *, until: date) -> None:
    """Start the run and keep attendance for every lesson up to a day; one learner is often away."""
    _keep_attendance(run, until=until, often_away=_often_away(run))


def teach_with_one_phone(run: RunInPlay, *, until: date) -> None:
    """The same, but the first two learners sign in with one phone: their redemption is held."""
    phones = dict.fromkeys(list(run.enrollments)[:2], "demo-one-phone")
    _keep_attendance(run, until=until, often_away=_often_away(run), phones=phones)
    with at(until, 20), write_transaction():
        check_course_run(run.course_run_id, actor_id=None)


def _often_away(run: RunInPlay) -> int | None:
    return list(run.enrollments)[-1] if len(run.enrollments) > 3 else None


def teach_a_full_room(run: RunInPlay, *, until: date) -> None:
    """The same with everybody there every day."""
    _keep_attendance(run, until=until, often_away=None)


def _keep_attendance(
    run: RunInPlay,
    *,
    until: date,
    often_away: int | None,
    phones: Mapping[int, str] | None = None,
) -> None:
    manager_id = run.school.manager_id
    with at(run.first_on, 8), write_transaction():
        start_course_run(run.course_run_id, actor_id=manager_id)
    for lesson in list_lessons(run.course_run_id):
        day = clock.local_date(lesson.starts_at)
        if day > until:
            break
        with write_transaction():
            for place, (worker_id, enrollment_id) in enumerate(run.enrollments.items()):
                away = worker_id == often_away and lesson.number % 2 == 1
                phone = (phones or {}).get(worker_id)
                comes_at = lesson.starts_at + _at_the_door(place, lesson.number)
                with clock.frozen(comes_at):
                    record_attendance(
                        enrollment_id,
                        lesson_id=lesson.id,
                        state=AttendanceState.ABSENT if away else AttendanceState.PRESENT,
                        method=_method(away=away, phone=phone),
                        reason=None,
                        actor_id=manager_id,
                        device_key=phone,
                    )


def _method(*, away: bool, phone: str | None) -> AttendanceMethod:
    if away:
        return AttendanceMethod.STAFF_ENTRY
    return AttendanceMethod.LEARNER_CODE if phone else AttendanceMethod.VOUCHER_SCAN


def _at_the_door(place: int, lesson_number: int) -> timedelta:
    """People come one by one, and not at the same second every day."""
    return timedelta(seconds=(place * 97 + lesson_number * 263 + place * lesson_number * 41) % 840)


def finish(run: RunInPlay) -> None:
    """The last lesson is over."""
    with at(run.last_on, 18), write_transaction():
        finish_course_run(run.course_run_id, actor_id=run.school.manager_id)


def complete_and_redeem(run: RunInPlay, *, on: date) -> int:
    """Assess everybody, then redeem whoever the rules allow; returns how many."""
    with at(on), write_transaction():
        _complete(run)
        issue_certificates(run.course_run_id, actor_id=run.school.manager_id)
        check_course_run(run.course_run_id, actor_id=run.school.manager_id)
    return _redeem(run, on=on)


def redeem_before_certificates(run: RunInPlay, *, on: date) -> int:
    """The same where the certificates come later."""
    with at(on), write_transaction():
        _complete(run)
        check_course_run(run.course_run_id, actor_id=run.school.manager_id)
    return _redeem(run, on=on)


def _complete(run: RunInPlay) -> None:
    for enrollment_id in run.enrollments.values():
        complete_enrollment(
            enrollment_id, assessment=AssessmentResult.PASSED, actor_id=run.school.manager_id
        )


def _redeem(run: RunInPlay, *, on: date) -> int:
    with at(on, 15), write_transaction():
        outcome = redeem_course_run(
            run.course_run_id,
            institution_id=run.school.institution_id,
            actor_id=run.school.manager_id,
        )
    return len(outcome.redeemed)
