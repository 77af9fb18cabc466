"""Every reason for a no about courses and course runs, one by one and all at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import product

import pytest

from marketplace.catalog.rules import (
    CourseContent,
    CourseRunPlan,
    LessonPlan,
    TeachingFacts,
    refusals_for_course_content,
    refusals_for_course_move,
    refusals_for_course_run_move,
    refusals_for_filing,
    refusals_for_opening,
    refusals_for_spending,
    refusals_for_taking_a_place,
)
from marketplace.catalog.states import (
    COURSE_RUN_TRANSITIONS,
    COURSE_TRANSITIONS,
    CourseMode,
    CourseRunState,
    CourseState,
)
from marketplace.institutions.rules import AccreditationPeriod, StateChange
from marketplace.institutions.states import InstitutionState

TODAY = date(2026, 11, 20)
ZONE = timezone(timedelta(hours=8))
ANY = AccreditationPeriod(None, None, date(2020, 1, 1), None)
FACTS = TeachingFacts(
    CourseState.LISTED, False, InstitutionState.ACCREDITED, (ANY,), "6-31-01-03", 5
)
CONTENT = CourseContent("低压电工", "安全用电", 40, CourseMode.ONSITE, 120_000, "CNY")


def lesson(day: int, begin: int = 9, end: int = 12, *, until_day: int | None = None) -> LessonPlan:
    first = datetime(2026, 12, day, begin, tzinfo=ZONE)
    last = datetime(2026, 12, until_day or day, end, tzinfo=ZONE)
    return LessonPlan(first, last, first.date(), last.date())


PLAN = CourseRunPlan(
    date(2026, 12, 1),
    date(2026, 12, 5),
    TODAY,
    date(2026, 12, 1),
    20,
    "203",
    (lesson(1), lesson(1, 12, 15), lesson(5)),
)


def filing(facts: TeachingFacts = FACTS, **changes) -> tuple[str, ...]:
    plan = replace(PLAN, **changes)
    return tuple(refusal.code for refusal in refusals_for_filing(plan, facts, today=TODAY))


def test_a_sound_plan_is_not_refused():
    assert filing() == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ends_on": date(2026, 11, 30), "lessons": ()}, "course_run_ends_before_start"),
        ({"ends_on": date(2029, 1, 1)}, "course_run_too_long"),
        ({"starts_on": TODAY - timedelta(1)}, "course_run_starts_in_past"),
        ({"enrollment_opens_on": date(2026, 12, 2)}, "enrollment_window"),
        ({"enrollment_closes_on": date(2026, 12, 2)}, "enrollment_closes_late"),
        ({"enrollment_closes_on": TODAY - timedelta(1)}, "enrollment_closed"),
        ({"capacity": 0}, "capacity_range"),
        ({"capacity": -1}, "capacity_range"),
        ({"capacity": 1001}, "capacity_range"),
        ({"site": ""}, "required"),
        ({"lessons": ()}, "lessons_missing"),
        ({"lessons": (lesson(1),) * 501}, "lessons_too_many"),
        ({"lessons": (lesson(2, 12, 9),)}, "lesson_times"),
        ({"lessons": (lesson(2, 9, 9),)}, "lesson_times"),
        ({"lessons": (lesson(2, 8, 19),)}, "lesson_too_long"),
        ({"lessons": (lesson(6),)}, "lesson_outside"),
        ({"lessons": (lesson(5, 22, 2, until_day=6),)}, "lesson_outside"),
        ({"lessons": (lesson(2), lesson(2))}, "lessons_overlap"),
        ({"lessons": (lesson(2, 11, 13), lesson(2))}, "lessons_overlap"),
    ],
)
def test_each_fault_of_a_plan_has_its_name(changes, code):
    assert code in filing(**changes)


@pytest.mark.parametrize("starts_on", [TODAY, PLAN.starts_on])
def test_a_class_may_be_filed_until_its_first_day(starts_on):
    assert filing(starts_on=starts_on, enrollment_closes_on=starts_on) == ()


@pytest.mark.parametrize("capacity", [1, 1000])
def test_the_bounds_of_capacity_are_inside(capacity):
    assert filing(capacity=capacity) == ()


def test_a_long_lesson_overlapping_several_is_named_with_each():
    lessons = (lesson(2, 8, 17), lesson(2, 9, 10), lesson(2, 16, 18))
    plan = replace(PLAN, lessons=lessons)
    pairs = [
        (refusal.params["first"], refusal.params["second"])
        for refusal in refusals_for_filing(plan, FACTS, today=TODAY)
    ]
    assert pairs == [(1, 2), (1, 3)]


def test_lesson_numbers_are_those_on_the_form():
    plan = replace(PLAN, lessons=(lesson(5), lesson(2, 12, 9)))
    (refusal,) = refusals_for_filing(plan, FACTS, today=TODAY)
    assert (refusal.code, refusal.params["number"], refusal.field) == ("lesson_times", 2, "lessons")


def test_all_reasons_come_at_once():
    facts = TeachingFacts(
        CourseState.DELISTED, True, InstitutionState.SUSPENDED, (), "6-31-01-03", 5
    )
    codes = filing(facts, capacity=0, site="", lessons=(), starts_on=TODAY - timedelta(5))
    assert set(codes) == {
        "course_not_listed",
        "course_quarantined",
        "institution_out_of_standing",
        "accreditation_missing",
        "course_run_starts_in_past",
        "enrollment_closes_late",
        "capacity_range",
        "required",
        "lessons_missing",
    }


@pytest.mark.parametrize("state", [state for state in CourseState if state != CourseState.LISTED])
def test_only_a_listed_course_is_filed(state):
    assert filing(replace(FACTS, course_state=state)) == ("course_not_listed",)


@pytest.mark.parametrize(
    "state", [state for state in InstitutionState if state != InstitutionState.ACCREDITED]
)
def test_only_an_accredited_institution_files(state):
    assert filing(replace(FACTS, institution_state=state)) == ("institution_out_of_standing",)


def period(first: date, last: date | None, occupation: str | None = None, level: int | None = None):
    return AccreditationPeriod(occupation, level, first, last)


FIRST, LAST = PLAN.starts_on, PLAN.ends_on


@pytest.mark.parametrize(
    ("periods", "covered"),
    [
        ((period(FIRST, LAST),), True),
        ((period(FIRST, None, "6-31-01-03", 5),), True),
        ((period(FIRST, LAST - timedelta(1)),), False),
        ((period(FIRST + timedelta(1), LAST),), False),
        ((period(FIRST, FIRST), period(FIRST + timedelta(1), LAST)), True),
        ((period(FIRST, FIRST), period(FIRST + timedelta(2), LAST)), False),
        ((period(FIRST + timedelta(1), LAST), period(FIRST, FIRST + timedelta(2))), True),
        ((period(FIRST, LAST, "6-31-01-04"),), False),
        ((period(FIRST, LAST, None, 4),), False),
        ((period(FIRST - timedelta(9), FIRST - timedelta(1)),), False),
        ((), False),
    ],
)
def test_accreditation_covers_every_day_or_none(periods, covered):
    codes = filing(replace(FACTS, accreditations=periods))
    assert codes == (() if covered else ("accreditation_missing",))


def test_a_suspension_announced_for_a_day_of_the_class_is_named():
    change = StateChange(LAST, InstitutionState.ACCREDITED, InstitutionState.SUSPENDED)
    facts = replace(FACTS, state_changes=(change,))
    (refusal,) = refusals_for_filing(PLAN, facts, today=TODAY)
    assert (refusal.code, refusal.params["day"]) == ("institution_stops", LAST)
    later = replace(change, effective_on=LAST + timedelta(1))
    assert filing(replace(FACTS, state_changes=(later,))) == ()


def test_a_voucher_is_tied_to_a_class_within_standing_and_scope_only():
    def codes(**changes):
        found = refusals_for_spending(replace(FACTS, **changes), first_on=FIRST, last_on=LAST)
        return tuple(refusal.code for refusal in found)

    assert codes() == codes(course_state=CourseState.DELISTED) == ()
    assert codes(institution_state=InstitutionState.BARRED, accreditations=()) == (
        "institution_out_of_standing",
        "accreditation_missing",
    )


def test_opening_asks_again_what_may_have_changed():
    def codes(state=CourseRunState.FILED, facts=FACTS, closes=date(2026, 12, 1)):
        found = refusals_for_opening(
            state,
            facts,
            starts_on=FIRST,
            ends_on=LAST,
            enrollment_closes_on=closes,
            today=TODAY,
        )
        return tuple(refusal.code for refusal in found)

    assert codes() == ()
    assert codes(CourseRunState.RUNNING) == ("course_run_state_forbids",)
    assert codes(facts=replace(FACTS, quarantined=True)) == ("course_quarantined",)
    assert codes(facts=replace(FACTS, accreditations=())) == ("accreditation_missing",)
    assert codes(closes=TODAY - timedelta(1)) == ("enrollment_closed",)
    assert codes(closes=TODAY) == ()


@pytest.mark.parametrize(("present", "wanted"), list(product(CourseState, CourseState)))
def test_courses_move_only_as_the_table_says(present, wanted):
    allowed = wanted in COURSE_TRANSITIONS[present]
    assert (refusals_for_course_move(present, wanted) == ()) is allowed


@pytest.mark.parametrize(("present", "wanted"), list(product(CourseRunState, CourseRunState)))
def test_course_runs_move_only_as_the_table_says(present, wanted):
    allowed = wanted in COURSE_RUN_TRANSITIONS[present]
    assert (refusals_for_course_run_move(present, wanted) == ()) is allowed


@pytest.mark.parametrize(
    ("changes", "level", "codes"),
    [
        ({}, 5, ()),
        ({}, None, ()),
        ({"fee_fen": 0}, 5, ()),
        ({"fee_parts": {"tuition": 100_000, "books": 20_000}}, 5, ()),
        ({"title": ""}, 5, ("required",)),
        ({"title": "a" * 201}, 5, ("too_long",)),
        ({"description": ""}, 5, ("required",)),
        ({"prerequisites": "a" * 8_001}, 5, ("too_long",)),
        ({"hours": None}, 5, ("course_hours",)),
        ({"hours": 0}, 5, ("course_hours",)),
        ({"hours": 5_001}, 5, ("course_hours",)),
        ({"fee_fen": -1}, 5, ("course_fee",)),
        ({"fee_fen": 100_000_001}, 5, ("course_fee",)),
        ({"fee_parts": {"tuition": 1}}, 5, ("course_fee_parts",)),
        ({}, 0, ("level_unknown",)),
        ({}, 6, ("level_unknown",)),
    ],
)
def test_each_fault_of_a_content_has_its_name(changes, level, codes):
    found = refusals_for_course_content(replace(CONTENT, **changes), level)
    assert tuple(refusal.code for refusal in found) == codes


def test_two_contents_that_say_the_same_have_one_fingerprint():
    assert CONTENT.sha256 == replace(CONTENT).sha256
    assert CONTENT.sha256 != replace(CONTENT, fee_fen=120_001).sha256


@pytest.mark.parametrize("state", list(CourseRunState))
def test_a_place_is_taken_only_in_an_open_class_in_its_window(state):
    def codes(today: date) -> tuple[str, ...]:
        found = refusals_for_taking_a_place(
            state, enrollment_opens_on=FIRST, enrollment_closes_on=LAST, today=today
        )
        return tuple(refusal.code for refusal in found)

    if state == CourseRunState.OPEN:
        assert codes(FIRST) == codes(LAST) == ()
        assert codes(FIRST - timedelta(1)) == ("enrollment_not_open_yet",)
        assert codes(LAST + timedelta(1)) == ("enrollment_closed",)
    else:
        assert len(codes(FIRST)) == 1
