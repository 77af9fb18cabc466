"""Pledges: what may be pledged, when a line is long enough, until when a seat is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.pledges.rules import (
    GROUP_MIN,
    OFFER_DAYS,
    PLEDGES_MAX,
    GroupFacts,
    LineFacts,
    PledgeFacts,
    held_until,
    hours_fit,
    refusals_for_group,
    refusals_for_line,
    refusals_for_pledge,
)
from marketplace.pledges.states import PledgeHours

TODAY = date(2026, 11, 20)
PLEDGE = PledgeFacts(TODAY, TODAY + timedelta(days=90), TODAY, 0, False)
LINE = LineFacts(run_is_open=True, waiting=GROUP_MIN, offered_before=0)
GROUP = GroupFacts("利民机修厂", True, 2, TODAY, TODAY + timedelta(days=90), TODAY)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"starts_from": TODAY - timedelta(days=1)}, "pledge_window"),
        ({"starts_until": TODAY - timedelta(days=1)}, "pledge_window"),
        ({"starts_until": TODAY + timedelta(days=271)}, "pledge_window"),
        ({"has_same": True, "open_pledges": PLEDGES_MAX}, "pledge_exists"),
        ({"open_pledges": PLEDGES_MAX}, "pledges_too_many"),
    ],
)
def test_every_reason_against_a_pledge_is_named(change, code):
    assert refusals_for_pledge(PLEDGE) == ()
    assert [one.code for one in refusals_for_pledge(replace(PLEDGE, **change))] == [code]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"waiting": GROUP_MIN - 1}, ["pledges_too_few"]),
        ({"waiting": 1, "offered_before": GROUP_MIN}, []),
        ({"run_is_open": False}, ["pledge_run_not_open"]),
    ],
    ids=["a group", "too few", "the line goes on", "closed"],
)
def test_a_class_is_offered_to_a_group_or_on_down_a_line_that_was_one(change, codes):
    assert [one.code for one in refusals_for_line(replace(LINE, **change))] == codes


def test_a_seat_is_held_three_days_and_never_beyond_the_end_of_enrollment():
    now = datetime(2026, 11, 20, 2, tzinfo=UTC)
    late = held_until(now, closes_on=TODAY + timedelta(days=30), zone=ZONE)
    assert late == now + timedelta(days=OFFER_DAYS)
    soon = held_until(now, closes_on=TODAY, zone=ZONE)
    assert soon == datetime(2026, 11, 21, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("wanted", "outside", "fits"),
    [
        (PledgeHours.ANY, True, True),
        (PledgeHours.ANY, False, True),
        (PledgeHours.WORK_HOURS, True, False),
        (PledgeHours.WORK_HOURS, False, True),
        (PledgeHours.OUTSIDE_WORK_HOURS, True, True),
        (PledgeHours.OUTSIDE_WORK_HOURS, False, False),
    ],
)
def test_hours_of_a_class_suit_or_not(wanted, outside, fits):
    assert hours_fit(wanted, is_outside_work_hours=outside) is fits


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"people": 200}, []),
        ({"people": 1}, ["group_people"]),
        ({"people": 201}, ["group_people"]),
        ({"employer_name": ""}, ["group_employer_missing"]),
        ({"employer_name": "厂" * 121}, ["group_employer_missing"]),
        (
            {"uscc_is_valid": False, "people": 0, "starts_until": TODAY - timedelta(days=1)},
            ["group_uscc_invalid", "group_people", "pledge_window"],
        ),
    ],
)
def test_every_reason_against_a_group_of_an_employer_is_named(change, codes):
    assert [refusal.code for refusal in refusals_for_group(replace(GROUP, **change))] == codes
