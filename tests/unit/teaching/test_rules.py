"""Sites, rooms, trainers, and nobody in two lessons at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.teaching.rules import (
    CLASHES_SHOWN,
    LessonSlot,
    QualificationPeriod,
    RoomFacts,
    SiteFacts,
    SitePlan,
    TakenLesson,
    TrainerFacts,
    refusals_for_clashes,
    refusals_for_places,
    refusals_for_qualification,
    refusals_for_room,
    refusals_for_site,
)
from marketplace.teaching.states import PlaceState, TrainerState

DAY = date(2026, 12, 1)
NINE = datetime(2026, 12, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE = SiteFacts(1, "东校区", PlaceState.IN_USE)
ROOM = RoomFacts(7, 1, "201", 30, PlaceState.IN_USE)
ZHAO = TrainerFacts(
    5, "赵老师", "fingerprint", TrainerState.TEACHES, (QualificationPeriod(None, DAY, None),)
)
LESSON = LessonSlot(1, NINE, NINE + 3 * HOUR, DAY, ROOM, ZHAO)
TAKEN = TakenLesson(4, NINE, NINE + 3 * HOUR, "低压电工", True, 7, "fingerprint")


def codes(refusals):
    return [refusal.code for refusal in refusals]


def places(lesson=LESSON, site=SITE, capacity=30, occupation="6-31-01-03"):
    return codes(
        refusals_for_places([lesson], site=site, capacity=capacity, occupation_code=occupation)
    )


def test_an_open_site_with_a_large_enough_room_and_a_qualified_trainer_will_do():
    assert places() == []
    assert places(replace(LESSON, room=None, trainer=None), site=None) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"site": replace(SITE, state=PlaceState.CLOSED)}, "site_is_closed"),
        (
            {"lesson": replace(LESSON, room=replace(ROOM, state=PlaceState.CLOSED))},
            "room_is_closed",
        ),
        ({"site": None}, "room_elsewhere"),
        ({"site": replace(SITE, site_id=2)}, "room_elsewhere"),
        ({"capacity": 31}, "room_too_small"),
        (
            {"lesson": replace(LESSON, trainer=replace(ZHAO, state=TrainerState.LEFT))},
            "trainer_has_left",
        ),
        (
            {"lesson": replace(LESSON, trainer=replace(ZHAO, qualifications=()))},
            "trainer_not_qualified",
        ),
    ],
)
def test_each_reason_against_a_place_or_person_alone(changes, code):
    assert places(**changes) == [code]


def test_a_qualification_holds_for_its_occupation_on_its_days():
    period = QualificationPeriod("6-31-01-03", DAY, DAY + timedelta(9))
    assert period.holds("6-31-01-03", DAY)
    assert period.holds("6-31-01-03", DAY + timedelta(9))
    assert not period.holds("6-31-01-03", DAY + timedelta(10))
    assert not period.holds("6-31-01-03", DAY - timedelta(1))
    assert not period.holds("6-18-02-04", DAY)
    assert not period.holds(None, DAY)


def test_a_qualification_that_ends_during_the_class_is_refused_with_the_day():
    short = replace(ZHAO, qualifications=(QualificationPeriod(None, DAY, DAY),))
    later = DAY + timedelta(1)
    lessons = [replace(LESSON, trainer=short), replace(LESSON, trainer=short, starts_on=later)]
    (refusal,) = refusals_for_places(lessons, site=SITE, capacity=30, occupation_code=None)
    assert (refusal.code, refusal.params["day"]) == ("trainer_not_qualified", later)


def test_room_and_trainer_clash_each_by_name():
    found = refusals_for_clashes([LESSON], [TAKEN])
    assert codes(found) == ["room_booked", "trainer_booked"]
    assert found[0].params["title"] == "低压电工"
    assert (found[0].params["number"], found[0].params["other"]) == (1, 4)


def test_of_another_institution_only_the_time_is_told():
    (refusal,) = refusals_for_clashes(
        [replace(LESSON, room=None)], [replace(TAKEN, is_own=False, room_id=99)]
    )
    assert refusal.code == "trainer_booked_elsewhere"
    assert "title" not in refusal.params


@pytest.mark.parametrize(
    ("begin", "end", "clashes"),
    [(-3, 0, False), (3, 6, False), (2, 4, True), (-1, 1, True), (1, 2, True), (-1, 9, True)],
)
def test_lessons_that_touch_do_not_clash(begin, end, clashes):
    booking = replace(TAKEN, starts_at=NINE + begin * HOUR, ends_at=NINE + end * HOUR, person=None)
    assert bool(refusals_for_clashes([LESSON], [booking])) is clashes


def test_other_rooms_and_people_do_not_clash():
    assert refusals_for_clashes([LESSON], [replace(TAKEN, room_id=8, person="other")]) == ()
    bare = replace(LESSON, room=None, trainer=None)
    assert refusals_for_clashes([bare], [replace(TAKEN, room_id=None, person=None)]) == ()


def test_many_clashes_are_counted_after_the_first():
    bookings = [replace(TAKEN, person=None)] * (CLASHES_SHOWN + 3)
    found = refusals_for_clashes([LESSON], bookings)
    assert len(found) == CLASHES_SHOWN + 1
    assert (found[-1].code, found[-1].params) == ("more_clashes", {"count": 3})


@pytest.mark.parametrize(
    ("plan", "taken", "code"),
    [
        (SitePlan("东", "路 1 号"), True, "site_taken"),
        (SitePlan("", "路 1 号"), False, "required"),
        (SitePlan("东", ""), False, "required"),
        (SitePlan("东" * 101, "路"), False, "too_long"),
        (SitePlan("东", "路", 45.6, None), False, "coordinates_both"),
        (SitePlan("东", "路", 91.0, 0.0), False, "latitude_range"),
        (SitePlan("东", "路", 0.0, 181.0), False, "longitude_range"),
        (SitePlan("东", "路", float("nan"), 0.0), False, "latitude_range"),
    ],
)
def test_each_reason_against_a_site_alone(plan, taken, code):
    assert codes(refusals_for_site(plan, name_is_taken=taken)) == [code]


def test_a_room_has_a_name_of_its_own_and_seats():
    assert codes(refusals_for_room("201", 1, name_is_taken=False)) == []
    assert codes(refusals_for_room("201", 0, name_is_taken=True)) == ["room_taken", "room_capacity"]
    assert codes(refusals_for_room("201", 2_001, name_is_taken=False)) == ["room_capacity"]


def test_a_qualification_is_named_once_with_dates_in_order():
    def found(title="技师", until=None, is_taken=False):
        return codes(
            refusals_for_qualification(title, valid_from=DAY, valid_until=until, is_taken=is_taken)
        )

    assert found() == found(until=DAY) == []
    assert found(title="", until=DAY - timedelta(1), is_taken=True) == [
        "required",
        "qualification_dates",
        "qualification_taken",
    ]
