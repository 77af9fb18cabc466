"""Scope with sites and the nearest change; where an institution stands on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.institutions.rules import (
    STANDING_AHEAD_DAYS,
    AccreditationPeriod,
    StateChange,
    find_scope_gap,
    first_day_out_of_standing,
    is_covered,
    refusals_for_effective_day,
    state_on,
)
from marketplace.institutions.states import InstitutionState

FIRST, LAST = date(2026, 12, 1), date(2026, 12, 20)
ELECTRICIAN = "6-31-01-03"
EAST, WEST = 1, 2
APPLIED, ACCREDITED = InstitutionState.APPLIED, InstitutionState.ACCREDITED
SUSPENDED = InstitutionState.SUSPENDED


def period(occupation=ELECTRICIAN, level=4, first=FIRST, last=LAST, site=None):
    return AccreditationPeriod(occupation, level, first, last, site)


def gap(*periods, occupation=ELECTRICIAN, level=4, site=None, first=FIRST, last=LAST):
    return find_scope_gap(
        periods,
        occupation_code=occupation,
        level=level,
        first_on=first,
        last_on=last,
        site_id=site,
        site_names={EAST: "东校区", WEST: "西校区"},
    )


@pytest.mark.parametrize(
    ("limited_to", "held_at", "covered"),
    [(None, None, True), (None, EAST, True), (EAST, EAST, True), (EAST, WEST, False),
     (EAST, None, False)],
)  # fmt: skip
def test_a_limited_accreditation_covers_its_site_only(limited_to, held_at, covered):
    days = {"first_on": FIRST, "last_on": LAST}
    what = {"occupation_code": ELECTRICIAN, "level": 4}
    assert is_covered([period(site=limited_to)], **what, **days, site_id=held_at) is covered


def test_a_gap_names_the_other_site_first():
    found = gap(period(site=EAST), site=WEST)
    assert (found.remedy, found.params) == ("gap_other_sites", {"sites": ("东校区",)})


def test_a_gap_in_time_names_the_latest_end():
    found = gap(period(last=FIRST), period(last=LAST - timedelta(1)))
    assert found.remedy == "gap_dates"
    assert found.params == {"from_day": FIRST, "until_day": LAST - timedelta(1)}


def test_an_open_accreditation_that_begins_late_names_its_first_day():
    found = gap(period(first=LAST, last=None))
    assert (found.remedy, found.params) == ("gap_begins", {"from_day": LAST})


def test_another_level_of_the_occupation_is_nearer_than_nothing():
    found = gap(period(level=5), period(level=3), level=4)
    assert (found.remedy, found.params["levels"]) == ("gap_levels", ("5", "3"))


@pytest.mark.parametrize("periods", [(), (period(occupation="4-10-01-05"),)])
def test_without_the_occupation_it_is_to_be_applied_for(periods):
    assert gap(*periods).remedy == "gap_occupation"


def test_what_is_covered_has_no_gap():
    assert gap(period(last=FIRST), period(first=FIRST + timedelta(1))) is None


CHANGES = (
    StateChange(date(2026, 3, 1), APPLIED, ACCREDITED),
    StateChange(date(2026, 6, 1), ACCREDITED, SUSPENDED),
    StateChange(date(2026, 6, 1), SUSPENDED, ACCREDITED),
    StateChange(date(2026, 9, 1), ACCREDITED, SUSPENDED),
)


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2026, 2, 28), APPLIED),
        (date(2026, 3, 1), ACCREDITED),
        (date(2026, 6, 1), ACCREDITED),
        (date(2026, 8, 31), ACCREDITED),
        (date(2026, 9, 1), SUSPENDED),
        (date(2027, 1, 1), SUSPENDED),
    ],
)
def test_the_last_decision_up_to_a_day_is_in_force_on_it(on, state):
    assert state_on(CHANGES, InstitutionState.BARRED, on) is state


def test_without_decisions_it_stands_where_it_stands_now():
    assert state_on((), SUSPENDED, date(2020, 1, 1)) is SUSPENDED


def test_the_first_day_out_of_standing_within_a_class_is_found():
    def first(begin, end):
        return first_day_out_of_standing(CHANGES, SUSPENDED, begin, end)

    assert first(date(2026, 8, 1), date(2026, 9, 20)) == (date(2026, 9, 1), SUSPENDED)
    assert first(date(2026, 8, 1), date(2026, 8, 31)) is None
    assert first(date(2026, 2, 1), date(2026, 3, 5)) == (date(2026, 2, 1), APPLIED)


def test_decisions_follow_one_another_and_are_not_announced_too_far_ahead():
    today = date(2026, 11, 20)

    def codes(effective_on, last_on=today):
        found = refusals_for_effective_day(effective_on, last_on=last_on, today=today)
        return [refusal.code for refusal in found]

    assert codes(today) == []
    assert codes(today - timedelta(1)) == ["standing_before_last"]
    assert codes(today - timedelta(1), last_on=None) == []
    assert codes(today + timedelta(STANDING_AHEAD_DAYS)) == []
    assert codes(today + timedelta(STANDING_AHEAD_DAYS + 1)) == ["standing_too_far"]
