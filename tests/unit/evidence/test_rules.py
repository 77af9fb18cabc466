"""Every rule on a planted cheat (A06, A09 to A11 of the threat model), beside its honest twin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from marketplace.enrollment.states import AttendanceMethod
from marketplace.evidence.rules.facts import CLAUSES, LessonFacts, PresenceFacts, RunFacts
from marketplace.evidence.rules.findings import findings_of, refusal_for_hold
from marketplace.evidence.rules.people import distance_km
from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation.errors import REFUSAL_TEXTS

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OWN, OTHER = 1, 2
CHANGCHUN, JILIN_CITY = (43.88, 125.32), (43.84, 126.55)
K = FindingKind


def lesson(number=1, *, run=OWN, starts=START, hours=3.0, **places):
    return LessonFacts(
        run * 100 + number, run, f"CR-{run}", number, starts, starts + hours * HOUR, **places
    )


def there(worker, at, *, after=60.0, method=AttendanceMethod.VOUCHER_SCAN, device=None):
    return PresenceFacts(
        enrollment_id=at.course_run_id * 1000 + worker,
        worker_id=worker,
        lesson=at,
        method=method,
        recorded_at=at.starts_at + timedelta(seconds=after),
        device_key=device,
    )


def run(*presences, elsewhere=(), other_lessons=(), capacity=20):
    return RunFacts(
        course_run_id=OWN,
        capacity=capacity,
        ends_on=date(2026, 11, 24),
        zone=ZONE,
        presences=presences,
        elsewhere=tuple(elsewhere),
        other_lessons=tuple(other_lessons),
    )


def kinds(facts):
    return {finding.kind for finding in findings_of(facts)}


def phone(worker, at, after, device):
    return there(worker, at, after=after, method=AttendanceMethod.LEARNER_SCAN, device=device)


def _arrivals(*seconds):
    return [there(number, lesson(), after=after) for number, after in enumerate(seconds)]


def _days(*seconds):
    lessons = [lesson(n, starts=START + timedelta(days=n)) for n in range(len(seconds))]
    return [there(1, one, after=after) for one, after in zip(lessons, seconds, strict=True)]


def _synced(worker, hours):
    one = there(worker, lesson(), method=AttendanceMethod.OFFLINE_CODE)
    return replace(one, synced_at=one.lesson.ends_at + hours * HOUR)


MORNING, NOON = lesson(1), lesson(2, starts=START + 3 * HOUR)
BY_HAND = AttendanceMethod.STAFF_ENTRY
CASES = {
    # kind: (the cheat, its honest twin)
    K.PERSON_OVERLAP: (
        run(there(1, MORNING), elsewhere=[there(1, lesson(run=OTHER, starts=START + HOUR))]),
        run(there(1, MORNING), elsewhere=[there(1, lesson(run=OTHER, starts=START + 3 * HOUR))]),
    ),
    K.TRAINER_OVERLAP: (
        run(
            there(1, lesson(trainer="p", trainer_name="赵老师")),
            other_lessons=[lesson(run=OTHER, starts=START + 2 * HOUR, trainer="p")],
        ),
        run(
            there(1, lesson(trainer="p", trainer_name="赵老师")),
            other_lessons=[lesson(run=OTHER, starts=START + 3 * HOUR, trainer="p")],
        ),
    ),
    K.ROOM_OVERLAP: (
        run(
            there(1, lesson(room="7", room_name="203")),
            other_lessons=[lesson(run=OTHER, room="7")],
        ),
        run(
            there(1, lesson(room="7", room_name="203")),
            other_lessons=[lesson(run=OTHER, room="8")],
        ),
    ),
    K.LONG_DAY: (
        run(there(1, lesson(hours=6)), elsewhere=[
            there(1, lesson(run=OTHER, starts=START + 6 * HOUR, hours=4.5))]),
        run(there(1, lesson(hours=6)), elsewhere=[
            there(1, lesson(run=OTHER, starts=START + 6 * HOUR, hours=4))]),
    ),
    K.SHARED_DEVICE: (
        run(phone(1, MORNING, 10, "d"), phone(2, MORNING, 70, "d")),
        run(phone(1, MORNING, 10, "d"), phone(1, NOON, 70, "d"), phone(2, MORNING, 70, "e")),
    ),
    K.EVEN_INTERVALS: (
        run(*_arrivals(5, 10, 15.1, 20, 25, 30.1, 35)),
        run(*_arrivals(5, 9, 17, 21, 38, 40, 52, 80)),
    ),
    K.SAME_SECOND: (run(*_days(61, 61.4, 61, 300, 61.8)), run(*_days(61, 65, 130, 300, 12))),
    K.ENTERED_LATE: (
        run(there(1, MORNING, method=BY_HAND, after=5 * 86400)),
        run(there(1, MORNING, method=BY_HAND, after=4 * 86400)),
    ),
    K.TOO_MANY: (
        run(*(there(n, lesson(room="7", room_seats=2), after=n * n * 7 + n) for n in range(3))),
        run(*(there(n, lesson(room="7", room_seats=3), after=n * n * 7 + n) for n in range(3))),
    ),
    K.TRAVEL: (
        run(there(1, lesson(site=1, place=CHANGCHUN)), elsewhere=[
            there(1, lesson(run=OTHER, starts=START + 3.5 * HOUR, site=2, place=JILIN_CITY))]),
        run(there(1, lesson(site=1, place=CHANGCHUN)), elsewhere=[
            there(1, lesson(run=OTHER, starts=START + 4 * HOUR, site=2, place=JILIN_CITY))]),
    ),
    K.SYNCED_LATE: (run(_synced(1, 25)), run(_synced(1, 24))),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(K))
def test_the_cheat_is_found_and_its_honest_twin_is_not(kind):
    cheat, honest = CASES[kind]
    assert kinds(cheat) == {kind}
    assert kinds(honest) == set()


@pytest.mark.parametrize("kind", list(K))
def test_a_finding_explains_itself_with_clause_and_remedy(kind):
    finding = next(one for one in findings_of(CASES[kind][0]) if one.kind is kind)
    refusal = refusal_for_hold(
        kind, HoldState.OPEN, code="HD-1", params=finding.params, reason=None
    )
    assert REFUSAL_TEXTS[refusal.code] % refusal.params
    assert refusal.rule == CLAUSES[kind] == f"EV-{list(K).index(kind) + 1}"
    assert refusal.remedy in REFUSAL_TEXTS
    assert finding.evidence


def test_an_upheld_hold_says_what_was_decided():
    refusal = refusal_for_hold(
        K.TRAVEL, HoldState.UPHELD, code="HD-1", params={}, reason="签到表系伪造"
    )
    assert refusal.code == "hold_upheld"
    assert "签到表系伪造" in REFUSAL_TEXTS["hold_upheld"] % refusal.params


def test_the_same_finding_has_the_same_key_and_another_learner_another():
    cheat, _honest = CASES[K.SHARED_DEVICE]
    first, second = findings_of(cheat)
    assert [one.key for one in findings_of(cheat)] == [first.key, second.key]
    assert first.key != second.key
    turned = replace(cheat, presences=cheat.presences[::-1])
    assert {one.key for one in findings_of(turned)} == {first.key, second.key}


def test_a_station_by_the_door_is_no_shared_phone():
    at_the_door = [
        there(n, MORNING, after=n * n * 9, method=AttendanceMethod.STATION, device="tablet")
        for n in range(1, 6)
    ]
    assert kinds(run(*at_the_door)) == set()


def test_a_crowd_of_phones_within_seconds_is_no_clockwork():
    crowd = [phone(n, MORNING, 5 + n * 0.4, f"d{n}") for n in range(30)]
    assert kinds(run(*crowd, capacity=30)) == set()


def test_a_phone_that_signed_in_somebody_of_another_class_is_found_too():
    cheat = run(phone(1, MORNING, 10, "d"), elsewhere=[phone(2, lesson(run=OTHER), 40, "d")])
    [finding] = findings_of(cheat)
    assert (finding.kind, finding.enrollment_id) == (K.SHARED_DEVICE, 1001)


def test_distance_is_that_of_a_globe():
    assert distance_km(CHANGCHUN, JILIN_CITY) == pytest.approx(98.7, abs=0.5)
    assert distance_km(CHANGCHUN, CHANGCHUN) == 0
    assert distance_km(None, CHANGCHUN) is None
