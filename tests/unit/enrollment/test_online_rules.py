"""Online hours: what a statement must say, and which of its time counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.catalog.states import CourseMode
from marketplace.enrollment.online_rules import (
    DAY_SECONDS_MAX,
    Claim,
    OnlineDay,
    OnlinePlan,
    count_online,
    online_plan,
    online_rate_percent,
    refusals_for_minutes,
    refusals_for_online_dispute,
    was_told_wrong,
    with_decisions,
)
from marketplace.enrollment.online_statements import STATEMENTS_MAX, read_statements, seconds_of
from marketplace.enrollment.states import OnlineLoss
from marketplace.foundation.errors import Refused

ZONE = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Nine o'clock in the morning there."""
HOUR = 3600


def at(hours):
    return NINE + timedelta(hours=hours)


def claim(start, end, *, who=1, opens=-9.0, closes=24 * 5.0):
    return Claim(who, at(start), at(end), at(opens), at(closes))


def credit(*claims, lessons=()):
    spans = [(at(start), at(end)) for start, end in lessons]
    days = count_online(claims, spans, ZONE)
    return {
        who: [(day.credited, {k.value: v for k, v in day.lost.items()}) for day in mine]
        for who, mine in days.items()
    }


def test_a_minute_counts_once_whoever_says_it_again():
    both = credit(claim(0, 2), claim(1, 3), claim(0.5, 1))
    assert both == {1: [(3 * HOUR, {"counted": 1.5 * HOUR})]}
    assert credit(claim(0, 1), claim(0, 1, who=2)) == {1: [(HOUR, {})], 2: [(0, {"counted": HOUR})]}
    # Touching times do not overlap, and the gap between two others is free.
    assert credit(claim(0, 1), claim(2, 3), claim(0, 4)) == {1: [(4 * HOUR, {"counted": 2 * HOUR})]}


def test_more_than_the_time_since_the_statement_before_is_not_credited():
    assert credit(claim(0, 1), claim(-1, 1.5)) == {1: [(int(2.5 * HOUR), {"counted": HOUR})]}
    assert credit(claim(-1, 1), claim(0.5, 1.25)) == {
        1: [(int(2.25 * HOUR), {"counted": HOUR // 2})]
    }


def test_time_outside_the_class_and_in_its_lessons_is_not_credited():
    assert credit(claim(-1, 1, opens=0)) == {1: [(HOUR, {"outside": HOUR})]}
    assert credit(claim(4, 6, closes=5)) == {1: [(HOUR, {"outside": HOUR})]}
    assert credit(claim(-2, -1, opens=0)) == {1: [(0, {"outside": HOUR})]}
    assert credit(claim(0, 3), lessons=[(1, 2)]) == {1: [(2 * HOUR, {"lesson": HOUR})]}


def test_a_day_has_six_hours_at_most_over_all_classes_and_ends_at_midnight_of_the_place():
    assert credit(claim(0, 5), claim(5, 7, who=2)) == {
        1: [(5 * HOUR, {})],
        2: [(HOUR, {"day_limit": HOUR})],
    }
    # 22:00 to 02:00: two hours on each day.
    assert credit(claim(13, 17)) == {1: [(2 * HOUR, {}), (2 * HOUR, {})]}
    assert DAY_SECONDS_MAX == 6 * HOUR


def test_nothing_is_lost_or_made_up_in_the_sums():
    claims = [claim(n * 0.7 % 30, n * 0.7 % 30 + 1 + n % 3, who=n % 2) for n in range(60)]
    days = count_online(claims, [(at(2), at(4)), (at(26), at(27))], ZONE)
    for mine in days.values():
        for day in mine:
            assert day.credited + sum(day.lost.values()) == day.claimed
    claimed = sum((one.ends_at - one.starts_at).total_seconds() for one in claims)
    assert sum(day.claimed for mine in days.values() for day in mine) == pytest.approx(
        claimed, 1e-3
    )
    assert {loss for mine in days.values() for day in mine for loss in day.lost} >= {
        OnlineLoss.COUNTED,
        OnlineLoss.LESSON,
    }


def test_the_rate_is_of_the_hours_of_the_class_and_never_above_a_hundred():
    online = online_plan(CourseMode.ONLINE, 40, 3 * HOUR)
    assert online == OnlinePlan(30 * HOUR, 30 * HOUR)
    blended = online_plan(CourseMode.BLENDED, 40, 18 * HOUR)
    assert blended == OnlinePlan(30 * HOUR, 12 * HOUR)
    assert online_plan(CourseMode.ONSITE, 40, 0) is None
    assert online_plan(CourseMode.ONLINE, None, HOUR) is None
    assert online_plan(CourseMode.BLENDED, 40, 30 * HOUR) is None
    assert online_rate_percent(online, lesson_seconds=3 * HOUR, credited=30 * HOUR) == 100
    # Lessons of a blended class are not made up for at home.
    assert online_rate_percent(blended, lesson_seconds=0, credited=30 * HOUR) == 40
    assert online_rate_percent(blended, lesson_seconds=18 * HOUR, credited=12 * HOUR - 1) == 99


def statement(**changes):
    return {
        "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
        "actor": {"name": "王某", "account": {"homePage": "https://lms.example", "name": "EN-1"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example/unit/1"},
        "result": {"duration": "PT45M"},
        "timestamp": "2026-11-20T09:45:00+08:00",
    } | changes


def test_a_statement_is_read_without_the_name():
    (read,) = read_statements(statement())
    assert (read.enrollment, read.seconds, read.ended_at) == ("EN-1", 2700, at(0.75))
    assert "王某" not in repr(read)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "1"}, "id"),
        ({"id": {"a": 1}}, "id"),
        ({"actor": {"mbox": "mailto:a@b.example"}}, "actor.account.homePage"),
        ({"actor": {"account": {"homePage": "https://[", "name": "EN"}}}, "actor.account.homePage"),
        ({"actor": {"account": {"homePage": "https://a", "name": "E\x00"}}}, "actor.account.name"),
        ({"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}, "verb.id"),
        ({"object": {"id": "unit"}}, "object.id"),
        ({"object": {"objectType": "Agent", "id": "a:b"}}, "object.id"),
        ({"result": {"duration": "P1M"}}, "result.duration"),
        ({"result": {"duration": "PT0.5S"}}, "result.duration"),
        ({"result": {"duration": "PT25H"}}, "result.duration"),
        ({"result": None}, "result.duration"),
        ({"timestamp": "2026-11-20T09:45:00"}, "timestamp"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "timestamp"),
        ({"timestamp": "9999-12-31T23:59:59-23:00"}, "timestamp"),
        ({"timestamp": "0001-01-01T00:00:00+23:00"}, "timestamp"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(change, field):
    with pytest.raises(Refused) as refused:
        read_statements([statement(id="00000000-0000-4000-8000-000000000000"), statement(**change)])
    assert refused.value.refusals[0].field == f"statements[2].{field}"


def test_no_request_is_empty_too_large_or_says_one_thing_twice():
    for document, code in (
        ([], "xapi_empty"),
        ([statement()] * (STATEMENTS_MAX + 1), "xapi_too_many"),
        ([statement(), statement(result={"duration": "PT1M"})], "xapi_twice"),
        ("text", "xapi_home_page"),
    ):
        with pytest.raises(Refused) as refused:
            read_statements(document)
        assert refused.value.codes[0] == code


def test_durations_are_read_to_the_whole_second():
    read = {text: seconds_of(text) for text in ("PT1H30M", "P1D", "P1W", "PT1.9S", "P1DT1S")}
    assert read == {"PT1H30M": 5400, "P1D": 86400, "P1W": 604800, "PT1.9S": 1, "P1DT1S": 86401}
    assert [seconds_of(text) for text in ("", "P", "PT", "P1DT", "P1Y", "PT-1S", "1H")] == [
        None
    ] * 7


DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"minutes": 0}, None),
        ({"credited": None}, "online_not_counted"),
        ({"day": DAY - timedelta(days=2)}, "online_day_outside"),
        ({"day": DAY + timedelta(days=6)}, "online_day_outside"),
        ({"day": DAY + timedelta(days=1)}, "online_day_ahead"),
        ({"minutes": 361}, "online_minutes_range"),
        ({"minutes": -1}, "online_minutes_range"),
        ({"minutes": 60}, "online_day_agrees"),
    ],
)
def test_a_day_is_disputed_for_a_reason_that_can_be(change, code):
    asked = {"day": DAY, "minutes": 90, "credited": 60, **change}
    window = {"first_on": DAY - timedelta(days=1), "last_on": DAY + timedelta(days=5)}
    refusals = refusals_for_online_dispute(
        asked.pop("day"), asked.pop("minutes"), **window, today=DAY, **asked
    )
    assert [refusal.code for refusal in refusals] == ([code] if code else [])


def test_a_decision_leaves_room_for_other_classes_of_the_day():
    assert not refusals_for_minutes(300, elsewhere=60)
    assert [one.code for one in refusals_for_minutes(301, elsewhere=60)] == [
        "online_minutes_elsewhere"
    ]
    assert not refusals_for_minutes(0, elsewhere=400)


def test_a_decision_stands_in_place_of_what_came_in_and_adds_its_day():
    came = OnlineDay(DAY, claimed=7200, credited=3600, lost={OnlineLoss.COUNTED: 3600})
    before = DAY - timedelta(days=1)
    days = with_decisions((came,), {DAY: 90, before: 10})
    assert [(day.on, day.claimed, day.credited, day.lost) for day in days] == [
        (before, 0, 600, {}),
        (DAY, 7200, 5400, {}),
    ]
    assert all(day.is_decided for day in days)


def test_only_what_the_platform_told_too_little_or_too_much_is_its_fault():
    day = OnlineDay(DAY, claimed=7230, credited=3630)
    assert [minutes for minutes in range(0, 200) if not was_told_wrong(day, minutes)] == list(
        range(60, 122)
    )
    assert not was_told_wrong(replace(day, is_decided=True), 300)
