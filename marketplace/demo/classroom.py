"""A class that is held at this moment, for a visitor of the demo with several logins.


Five days are taught; the last lesson begins in the half hour in which the world is made. Its
learner has the login `learner`; three classmates are signed in by voucher. Another party
assesses: the login `examiner`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from marketplace.assessments.operations import add_assessor_member, assign_assessment
from marketplace.assessments.queries import list_bodies_for
from marketplace.catalog.operations.course_runs import (
    LessonTimes,
    file_course_run,
    open_course_run,
)
from marketplace.demo.cast import Cast, Ground, SchoolInPlay, make_worker, name_of
from marketplace.demo.directories import body_uscc
from marketplace.demo.history import RunInPlay, at, enroll, teach_a_full_room
from marketplace.demo.persons import make_person
from marketplace.directories.queries.kept import find_assessor_by_uscc
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction

COURSE = 2
"""家政服务员（初级） of the first school: the first assessment body may assess it."""
GROUND = 1
FULL_DAYS = 5
CLASSMATES = 3
LESSON = timedelta(hours=4)
LATEST_START = time(19, 30)
BODY = 1
"""Of the demo's assessment bodies."""


def let_examiner_in(cast: Cast) -> None:
    """The login `examiner` enters results for the first body of the directory."""
    body = find_assessor_by_uscc(body_uscc(BODY))
    assert body is not None, "the demo directories come first"
    with write_transaction():
        add_assessor_member(
            body.assessor_id, user_id=cast.users["examiner"], actor_id=cast.users["maker"]
        )


def make_classroom(cast: Cast, *, scheme_id: int, today: date) -> None:
    """The class of today with its learners, five days of attendance, and who will assess it."""
    school = cast.schools[0]
    with at(today - timedelta(days=60)):
        worker_ids = _make_learners(cast, school.jurisdiction_id)
    run = _announce(school, today=today)
    enroll(run, worker_ids, scheme_id=scheme_id, cast=cast, on=today - timedelta(days=15))
    teach_a_full_room(run, until=today - timedelta(days=1))
    with at(today - timedelta(days=1), 17), write_transaction():
        bodies = list_bodies_for(run.course_run_id, on=today)
        code = bodies[0]["code"]
        assign_assessment(run.course_run_id, assessor_code=code, actor_id=school.manager_id)


def _make_learners(cast: Cast, county_id: int) -> list[int]:
    random = Random(COURSE)  # noqa: S311  (names, not secrets)
    made = []
    for number in range(1 + CLASSMATES):
        person = make_person(
            random, len(cast.worker_ids) + 1 + number, youngest_on=clock.today(), ages=range(20, 50)
        )
        user_id = None
        if number == 0:
            user_id, person = cast.users["learner"], replace(person, name=name_of("learner"))
        with write_transaction():
            made.append(
                make_worker(person, county_id, user_id, random, maker_id=cast.users["maker"])
            )
    return made


def _announce(school: SchoolInPlay, *, today: date) -> RunInPlay:
    first_on = today - timedelta(days=FULL_DAYS)
    days = [first_on + timedelta(days=number) for number in range(FULL_DAYS)]
    spans = [(_at(day, time(8, 30)), _at(day, time(17, 0))) for day in days]
    starts_at = lesson_begins(clock.now())
    spans.append((starts_at, starts_at + LESSON))
    ground = school.grounds[GROUND]
    announced_on = first_on - timedelta(days=20)
    with at(announced_on), write_transaction():
        filed = file_course_run(
            school.course_ids[COURSE],
            starts_on=first_on,
            ends_on=today,
            enrollment_opens_on=announced_on,
            enrollment_closes_on=first_on - timedelta(days=1),
            capacity=12,
            site=school.school.address,
            site_id=school.site_id,
            jurisdiction_id=school.jurisdiction_id,
            lessons=[_lesson(number, span, ground) for number, span in enumerate(spans, start=1)],
            actor_id=school.manager_id,
        )
        open_course_run(filed.id, actor_id=school.manager_id)
    return RunInPlay(filed.id, school, first_on, today)


def lesson_begins(now: datetime) -> datetime:
    """The half hour it is, so that signing in is open; late in the evening the lesson began
    earlier, since it ends on its day."""
    local = now.astimezone(clock.zone())
    half_hour = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
    return min(half_hour, datetime.combine(local.date(), LATEST_START, clock.zone()))


def _lesson(number: int, span: tuple[datetime, datetime], ground: Ground) -> LessonTimes:
    return LessonTimes(
        *span,
        room=ground.room,
        teacher=ground.trainer,
        topic=f"第 {number} 课",
        room_id=ground.room_id,
        trainer_id=ground.trainer_id,
    )


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, clock.zone())
