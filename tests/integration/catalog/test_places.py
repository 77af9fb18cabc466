"""A class takes up its rooms and trainers: two at once are refused, and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.catalog.operations.course_runs import (
    LessonTimes,
    cancel_course_run,
    file_course_run,
)
from marketplace.catalog.operations.run_changes import rewrite_course_run
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.catalog.queries.run_changes import get_run_as_filed
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.operations.accreditation import accredit_institution
from marketplace.institutions.operations.registration import suspend_institution
from tests.factories.catalog import make_lessons, make_listed_course, make_occupation
from tests.factories.institutions import (
    ACCREDITED_FROM,
    make_accredited_institution,
    make_institution,
)
from tests.factories.people import next_id_number
from tests.factories.teaching import make_room, make_site, make_trainer
from tests.kept import kept


@pytest.fixture
@kept
def school(app, now):
    with write_transaction():
        return make_accredited_institution()


@pytest.fixture
@kept
def course(school):
    with write_transaction():
        return make_listed_course(school)


def first_day():
    return clock.today() + timedelta(7)


def file(course, *, site=None, room=None, trainer=None, days=2, capacity=20, shift=0):
    lessons = [
        LessonTimes(
            lesson.starts_at + timedelta(hours=shift),
            lesson.ends_at + timedelta(hours=shift),
            room_id=room.id if room else None,
            trainer_id=trainer.id if trainer else None,
        )
        for lesson in make_lessons(first_day(), days)
    ]
    with write_transaction():
        return file_course_run(
            course.id,
            starts_on=first_day(),
            ends_on=first_day() + timedelta(days - 1),
            enrollment_opens_on=clock.today(),
            enrollment_closes_on=first_day(),
            capacity=capacity,
            site="东校区 201",
            site_id=site.id if site else None,
            jurisdiction_id=None,
            lessons=lessons,
            actor_id=None,
        )


def refused(course, **plan):
    with pytest.raises(Refused) as no:
        file(course, **plan)
    return no.value.refusals


def codes(refusals):
    return [refusal.code for refusal in refusals]


def test_a_class_keeps_its_site_rooms_and_trainers(school, course):
    with write_transaction():
        site = make_site(school)
        room, trainer = make_room(site), make_trainer(school)
    run = file(course, site=site, room=room, trainer=trainer)
    assert run.site_id == site.id
    assert {(one.room_id, one.trainer_id) for one in list_lessons(run.id)} == {
        (room.id, trainer.id)
    }


def test_a_second_class_at_the_same_time_is_refused_lesson_by_lesson(school, course):
    with write_transaction():
        site = make_site(school)
        room, trainer = make_room(site), make_trainer(school)
        other_room, other = make_room(site), make_trainer(school, "钱老师")
    file(course, site=site, room=room, trainer=trainer)
    found = refused(course, site=site, room=room, trainer=trainer, shift=5)
    assert codes(found) == ["room_booked", "trainer_booked"] * 2
    assert [one.params["number"] for one in found] == [1, 1, 2, 2]
    assert found[0].params["title"] == "低压电工"
    assert codes(refused(course, site=site, room=room, trainer=other)) == ["room_booked"] * 2
    file(course, site=site, room=other_room, trainer=other)
    file(course, site=site, room=room, trainer=trainer, shift=6)


def test_a_canceled_class_gives_room_and_trainer_back(school, course):
    with write_transaction():
        site = make_site(school)
        room = make_room(site)
    run = file(course, site=site, room=room)
    with write_transaction():
        cancel_course_run(run.id, reason="无人报名", actor_id=None)
    file(course, site=site, room=room)


def test_a_person_is_in_one_place_at_all_institutions_together(school, course):
    number = next_id_number()
    with write_transaction():
        elsewhere = make_accredited_institution()
        there = make_trainer(elsewhere, id_number=number)
        other_course = make_listed_course(elsewhere, title="焊工")
        here = make_trainer(school, id_number=number)
        namesake = make_trainer(school, id_number=None)
    file(other_course, trainer=there, days=1)
    found = refused(course, trainer=here)
    assert codes(found) == ["trainer_booked_elsewhere"]
    assert "焊工" not in str(found[0].params)
    file(course, trainer=namesake)


def test_all_reasons_come_at_once_with_what_would_help(school):
    with write_transaction():
        occupation = make_occupation()
        course = make_listed_course(school, occupation=occupation)
        site, elsewhere = make_site(school), make_site(school)
        room = make_room(elsewhere, capacity=5)
        trainer = make_trainer(school, occupation_code="6-18-02-04")
        suspend_institution(
            school.id,
            reason="整改",
            effective_on=first_day() + timedelta(1),
            actor_id=None,
        )
    found = refused(course, site=site, room=room, trainer=trainer)
    assert codes(found) == [
        "institution_stops",
        "room_elsewhere",
        "room_too_small",
        "trainer_not_qualified",
    ]
    assert [one.remedy for one in found] == [
        "end_before_stop",
        None,
        "fewer_places",
        "add_qualification",
    ]
    file(course, site=elsewhere, room=room, capacity=5, days=1)


def test_an_accreditation_for_one_site_is_not_one_for_another(app, now):
    with write_transaction():
        school = make_institution()
        east, west = make_site(school, "东校区"), make_site(school, "西校区")
        accredit_institution(
            school.id,
            occupation_code=None,
            level=None,
            site_id=east.id,
            valid_from=ACCREDITED_FROM,
            valid_until=None,
            clause="批复 1 号",
            actor_id=None,
        )
        course = make_listed_course(school)
    file(course, site=east)
    for site in (west, None):
        (found,) = refused(course, site=site)
        assert (found.code, found.remedy) == ("accreditation_missing", "gap_other_sites")
        assert found.params["sites"] == ("东校区",)
        assert found.rule


def test_rooms_and_trainers_of_others_do_not_exist(school, course):
    with write_transaction():
        stranger = make_accredited_institution()
        room, trainer = make_room(make_site(stranger)), make_trainer(stranger)
    for plan in ({"room": room}, {"trainer": trainer}):
        with pytest.raises(NotFound):
            file(course, **plan)


def test_a_changed_class_keeps_its_places_and_may_not_take_others_double(school, course):
    with write_transaction():
        site = make_site(school)
        room = make_room(site)
    first = file(course, site=site, room=room)
    second = file(course, site=site, room=room, shift=6)
    onto_the_first = replace_times(second, hours=-6)
    with pytest.raises(Refused) as no, write_transaction():
        rewrite_course_run(second.id, plan=onto_the_first, reason="", actor_id=None)
    assert codes(no.value.refusals) == ["room_booked"] * 2
    with write_transaction():
        rewrite_course_run(second.id, plan=replace_times(second, hours=1), reason="", actor_id=None)
    assert {one.room_id for one in list_lessons(second.id)} == {room.id}
    assert list_lessons(second.id)[0].starts_at > list_lessons(first.id)[0].ends_at


def replace_times(run, *, hours):
    plan = get_run_as_filed(run)
    by = timedelta(hours=hours)
    lessons = (
        replace(one, starts_at=one.starts_at + by, ends_at=one.ends_at + by) for one in plan.lessons
    )
    return replace(plan, lessons=tuple(lessons))
