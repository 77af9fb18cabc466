"""EV-17 and EV-18: online hours that a program made up, and the honest twin."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from marketplace.enrollment.states import OnlineVerb
from marketplace.evidence.rules.facts import OnlineFacts, RunFacts
from marketplace.evidence.rules.findings import findings_of
from marketplace.evidence.states import FindingKind

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def told(who, activity, seconds, minute, verb=OnlineVerb.EXPERIENCED):
    ended_at = START + timedelta(minutes=minute)
    return OnlineFacts(who, verb, f"https://lms.example/{activity}", seconds, ended_at)


def found(*online):
    facts = RunFacts(1, 20, date(2026, 11, 24), ZoneInfo("Asia/Shanghai"), (), online=online)
    return [(one.kind, one.enrollment_id, one.params.get("count")) for one in findings_of(facts)]


def test_different_activities_that_took_the_same_second_are_held():
    cheat = [told(1, n, 900, 16 * n + n * n) for n in range(6)]
    twin = [told(2, n, 900 + 7 * n, 16 * n + n * n) for n in range(6)]
    assert found(*cheat, *twin) == [(FindingKind.ONLINE_PATTERN, 1, 6)]
    assert found(*cheat[:5]) == []
    # Videos of one length beside as many other activities are a course, not a script.
    assert found(*cheat, *(told(1, 10 + n, 60 + n, 200 + n * n) for n in range(6))) == []


def test_activities_that_end_at_equal_intervals_are_held_and_a_heartbeat_is_not():
    row = [told(1, n, 100 + n, 20 * n) for n in range(7)]
    assert found(*row) == [(FindingKind.ONLINE_PATTERN, 1, 7)]
    assert found(*row[:3], told(1, 99, 50, 47), *row[3:]) == []
    assert found(*(told(1, "long", 100 + n, 5 * n) for n in range(40))) == []


def test_who_is_three_times_as_fast_as_the_class_is_held():
    done = OnlineVerb.COMPLETED

    def of_class(people, fast_activities):
        return [
            told(
                who,
                n,
                (600 if who else 190 if n < fast_activities else 600) + 13 * who + n,
                n * n,
                done,
            )
            for who in range(people)
            for n in range(4)
        ]

    assert found(*of_class(5, 3)) == [(FindingKind.ONLINE_PACE, 0, 3)]
    assert found(*of_class(5, 2)) == []
    assert found(*of_class(4, 4)) == []
