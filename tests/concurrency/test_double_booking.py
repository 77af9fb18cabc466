"""One room and one person are given to one class, however many file at the same moment."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import LessonTimes, file_course_run
from marketplace.catalog.queries import places
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.teaching.models import TrainingRoom
from marketplace.teaching.rules import RoomFacts
from tests.concurrency.races import race
from tests.factories.catalog import make_lessons, make_listed_course
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import next_id_number
from tests.factories.teaching import make_room, make_site, make_trainer

pytestmark = pytest.mark.slow
FILINGS = 6


def file(course_id: int, *, room_id: int | None, trainer_id: int | None, site_id: int | None):
    first = clock.today() + timedelta(7)
    lesson = make_lessons(first, 1)[0]
    return file_course_run(
        course_id,
        starts_on=first,
        ends_on=first,
        enrollment_opens_on=clock.today(),
        enrollment_closes_on=first,
        capacity=10,
        site="东校区",
        site_id=site_id,
        jurisdiction_id=None,
        lessons=[
            LessonTimes(lesson.starts_at, lesson.ends_at, room_id=room_id, trainer_id=trainer_id)
        ],
        actor_id=None,
    ).id


def filed() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(CourseRun)) or 0


def one_room():
    """Courses of one school, and the room all of them want."""
    with write_transaction():
        school = make_accredited_institution()
        site = make_site(school)
        room_id, site_id = make_room(site).id, site.id
        courses = [make_listed_course(school, title=f"电工{n}").id for n in range(FILINGS)]
    return lambda n: file(courses[n], room_id=room_id, trainer_id=None, site_id=site_id)


def test_one_room_is_given_once(app, now):
    answers = race(app, one_room(), count=FILINGS)
    assert answers.count(("room_booked",)) == FILINGS - 1
    assert filed() == 1


def test_one_person_of_many_institutions_is_given_once(app, now):
    number = next_id_number()
    wanted = []
    with write_transaction():
        for n in range(FILINGS):
            school = make_accredited_institution()
            trainer = make_trainer(school, id_number=number)
            wanted.append((make_listed_course(school, title=f"焊工{n}").id, trainer.id))

    def act(n: int):
        return file(wanted[n][0], room_id=None, trainer_id=wanted[n][1], site_id=None)

    answers = race(app, act, count=FILINGS)
    assert answers.count(("trainer_booked_elsewhere",)) == FILINGS - 1
    assert filed() == 1


@pytest.mark.postgres
def test_without_the_lock_the_same_race_books_the_room_twice(app, now, monkeypatch):
    """The control: everybody looks before anybody has filed."""
    everybody = Barrier(FILINGS)

    def look_without_lock(room_ids, *, institution_id):
        rooms = db.session.scalars(select(TrainingRoom).where(TrainingRoom.id.in_(room_ids)))
        return {r.id: RoomFacts(r.id, r.site_id, r.name, r.capacity, r.state) for r in rooms}

    real = places.list_taken_lessons

    def look_together(*args, **kwargs):
        found = real(*args, **kwargs)
        everybody.wait(60)
        return found

    act = one_room()
    monkeypatch.setattr(places, "lock_rooms", look_without_lock)
    monkeypatch.setattr(places, "list_taken_lessons", look_together)
    answers = race(app, act, count=FILINGS)
    assert all(isinstance(answer, int) for answer in answers)
    assert filed() == FILINGS
