"""Which version was public when: as listed on any day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.catalog.history import ListingEvent, listing_periods, version_listed_on
from marketplace.catalog.states import CourseDecisionKind as Kind

DAY = date(2026, 3, 1)


def periods(*events: tuple[Kind, int, int]):
    return listing_periods(
        [
            ListingEvent(kind, version, DAY + timedelta(days=after))
            for kind, version, after in events
        ]
    )


@pytest.mark.parametrize(
    ("after", "version"), [(-1, None), (0, 1), (9, 1), (10, 2), (19, 2), (20, None), (30, 2)]
)
def test_each_day_has_the_version_of_its_evening(after, version):
    found = periods(
        (Kind.SUBMITTED, 1, -5),
        (Kind.LISTED, 1, 0),
        (Kind.RETURNED, 2, 5),
        (Kind.LISTED, 2, 10),
        (Kind.DELISTED, 2, 20),
        (Kind.RELISTED, 2, 30),
    )
    assert version_listed_on(found, DAY + timedelta(days=after)) == version


def test_what_was_replaced_on_its_first_day_was_never_in_force():
    found = periods((Kind.LISTED, 1, 0), (Kind.LISTED, 2, 0))
    assert [(one.version_number, one.ended_on) for one in found] == [(2, None)]


def test_a_course_that_was_never_listed_has_no_period():
    assert periods((Kind.SUBMITTED, 1, 0), (Kind.RETURNED, 1, 1)) == ()


def test_delisting_twice_ends_once():
    found = periods((Kind.LISTED, 1, 0), (Kind.DELISTED, 1, 3), (Kind.DELISTED, 1, 9))
    assert [one.ended_on for one in found] == [DAY + timedelta(days=3)]
