"""Filing in time, and what of a filed class may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from marketplace.catalog.rules import CourseRunPlan, LessonPlan, TeachingFacts
from marketplace.catalog.run_rules import (
    RunChangeFacts,
    is_filed_late,
    refusals_for_late_filing,
    refusals_for_opening_late,
    refusals_for_run_change,
    run_changes,
)
from marketplace.catalog.states import CourseRunState, CourseState, LateFilingState
from marketplace.institutions.rules import AccreditationPeriod
from marketplace.institutions.states import InstitutionState

ZONE = timezone(timedelta(hours=8))
TODAY = date(2026, 11, 20)
ANY = AccreditationPeriod(None, None, date(2020, 1, 1), None)
TEACHING = TeachingFacts(CourseState.LISTED, False, InstitutionState.ACCREDITED, (ANY,), None, 5)


def lesson(on: date, begin: int = 9, end: int = 12, teacher: str | None = None) -> LessonPlan:
    first = datetime(on.year, on.month, on.day, begin, tzinfo=ZONE)
    return LessonPlan(first, first.replace(hour=end), on, on, teacher=teacher)


PLAN = CourseRunPlan(
    starts_on=date(2026, 12, 1),
    ends_on=date(2026, 12, 5),
    enrollment_opens_on=date(2026, 11, 10),
    enrollment_closes_on=date(2026, 12, 1),
    capacity=20,
    site="203",
    lessons=(lesson(date(2026, 12, 1)), lesson(date(2026, 12, 2)), lesson(date(2026, 12, 5))),
)
FACTS = RunChangeFacts(
    now=datetime(2026, 11, 20, 10, tzinfo=ZONE),
    today=TODAY,
    filed_on=date(2026, 11, 10),
    state=CourseRunState.OPEN,
    before=PLAN,
    after=PLAN,
    teaching=TEACHING,
    seats_taken=3,
    reason="停电",
    filing_days_min=5,
)


def codes(facts: RunChangeFacts = FACTS, **plan) -> tuple[str, ...]:
    changed = replace(facts, after=replace(PLAN, **plan))
    return tuple(one.code for one in refusals_for_run_change(changed))


class TestLateFiling:
    @pytest.mark.parametrize(("days", "late"), [(5, False), (4, True), (0, True)])
    def test_the_last_day_to_file_is_the_settled_number_of_days_before(self, days, late):
        assert is_filed_late(TODAY + timedelta(days=days), today=TODAY, days_min=5) is late

    def test_without_a_reason_it_is_refused_with_the_last_day(self):
        (refusal,) = refusals_for_late_filing(
            date(2026, 11, 22), today=TODAY, days_min=5, late_reason="", rule="文件"
        )
        assert refusal.code == "course_run_filed_late"
        assert refusal.params == {"days": 5, "until": date(2026, 11, 17)}
        assert (refusal.field, refusal.rule) == ("late_reason", "文件")

    def test_with_a_reason_it_is_filed_and_waits(self):
        assert not refusals_for_late_filing(
            date(2026, 11, 22), today=TODAY, days_min=5, late_reason="停电", rule=None
        )
        waiting, refused = LateFilingState.ASKED, LateFilingState.REFUSED
        assert [r.code for r in refusals_for_opening_late(waiting, None)] == ["late_filing_waits"]
        assert [r.code for r in refusals_for_opening_late(refused, "否")] == ["late_filing_refused"]
        assert refusals_for_opening_late(LateFilingState.GRANTED, None) == []
        assert refusals_for_opening_late(None, None) == []


class TestChange:
    def test_place_and_time_may_change_with_a_reason(self):
        moved = (lesson(date(2026, 12, 1), 13, 16), *PLAN.lessons[1:])
        assert codes(site="204", lessons=moved) == ()

    def test_nothing_learners_rely_on_changes_without_a_reason(self):
        silent = replace(FACTS, reason="")
        assert codes(silent, site="204") == ("reason_missing",)
        assert codes(silent, capacity=30) == ()
        assert codes(replace(silent, seats_taken=0), site="204") == ()

    def test_first_and_last_day_stay_once_somebody_is_enrolled(self):
        moved = {"ends_on": date(2026, 12, 6)}
        assert codes(**moved) == ("run_dates_fixed",)
        assert codes(replace(FACTS, seats_taken=0), **moved) == ()

    def test_the_places_cover_who_is_in(self):
        assert codes(capacity=3) == ()
        assert codes(capacity=2) == ("capacity_below_taken",)

    def test_a_lesson_that_has_begun_stays_and_none_begins_in_the_past(self):
        later = replace(
            FACTS, now=datetime(2026, 12, 1, 10, tzinfo=ZONE), state=CourseRunState.RUNNING
        )
        moved = (lesson(date(2026, 12, 1), 13, 16), *PLAN.lessons[1:])
        assert codes(later, lessons=moved) == ("lesson_begun",)
        assert codes(later, lessons=PLAN.lessons[1:]) == ("lesson_begun",)
        early = (*PLAN.lessons[:1], lesson(date(2026, 12, 1), 7, 8), *PLAN.lessons[1:])
        assert "lesson_in_past" in codes(later, lessons=early)
        tomorrow = (PLAN.lessons[0], lesson(date(2026, 12, 2), 13, 16), PLAN.lessons[2])
        assert codes(later, lessons=tomorrow) == ()

    def test_what_filing_refuses_is_refused_again(self):
        assert codes(lessons=()) == ("lessons_missing",)
        assert codes(lessons=(lesson(date(2026, 12, 9)),)) == ("lesson_outside",)
        out = replace(FACTS, teaching=replace(TEACHING, accreditations=()))
        assert codes(out, site="204") == ("accreditation_missing",)

    def test_a_new_first_day_is_in_time_and_a_new_window_not_past(self):
        free = replace(FACTS, seats_taken=0)
        soon = date(2026, 11, 22)
        assert "course_run_filed_late" in codes(free, starts_on=soon, enrollment_closes_on=soon)
        past = date(2026, 11, 19)
        assert codes(free, starts_on=past, enrollment_closes_on=past)[0] == (
            "course_run_starts_in_past"
        )
        assert codes(enrollment_closes_on=date(2026, 11, 15)) == ("enrollment_closed",)

    @pytest.mark.parametrize("state", [CourseRunState.FINISHED, CourseRunState.CANCELED])
    def test_what_is_over_stays(self, state):
        assert codes(replace(FACTS, state=state), site="x") == ("course_run_state_forbids",)


def test_changes_name_only_what_differs():
    moved = (PLAN.lessons[0], lesson(date(2026, 12, 2), 13, 16, "李老师"), PLAN.lessons[2])
    found = {one["what"]: one for one in run_changes(PLAN, replace(PLAN, lessons=moved))}
    assert set(found) == {"times", "teacher"}
    assert found["times"]["before"] == ["2026-12-02 09:00–12:00"]
    assert found["times"]["after"] == ["2026-12-02 13:00–16:00"]
    assert run_changes(PLAN, PLAN) == []
    fewer = run_changes(PLAN, replace(PLAN, lessons=PLAN.lessons[:2]))
    assert fewer == [{"what": "times", "before": ["2026-12-05 09:00–12:00"], "after": [""]}]
