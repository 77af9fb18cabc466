"""Every rule on a planted case and its honest twin; cheat by cheat: test_planted_cheats.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marketplace.enrollment.states import AttendanceMethod
from marketplace.evidence.risk_rules import RISK_TEXTS, RiskFacts, risk_of
from marketplace.evidence.rules.facts import CLAUSES
from marketplace.evidence.rules.findings import findings_of, refusal_for_hold
from marketplace.evidence.rules.people import distance_km
from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation.errors import REFUSAL_TEXTS
from marketplace.standing.states import Grade
from tests.factories.evidence_facts import (
    BY_HAND,
    CHANGCHUN,
    HOUR,
    JILIN_CITY,
    MORNING,
    NOON,
    OTHER,
    START,
    arrivals,
    assessed,
    days,
    kinds,
    lesson,
    online,
    over,
    phone,
    run,
    synced,
    there,
    visited,
    weeks,
)

K = FindingKind
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
        run(*arrivals(5, 10, 15.1, 20, 25, 30.1, 35)),
        run(*arrivals(5, 9, 17, 21, 38, 40, 52, 80)),
    ),
    K.SAME_SECOND: (run(*days(61, 61.4, 61, 300, 61.8)), run(*days(61, 65, 130, 300, 12))),
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
    K.NOT_SEEN: (
        replace(run(there(1, MORNING), there(2, MORNING, after=95)), visits=(visited(1, heads=1),)),
        replace(run(there(1, MORNING), there(2, MORNING, after=95)),
                visits=(visited(1, 2, heads=3),)),
    ),
    K.HEAD_COUNT: (
        replace(run(*arrivals(5, 9, 17)), visits=(visited(heads=2),)),
        replace(run(*arrivals(5, 9, 17)), visits=(visited(heads=3),)),
    ),
    K.HOURS_SHORT: (
        # 3 + 3 hours are 8 of 45 minutes; a tenth of 9 may fall out.
        over(run(there(1, MORNING), there(1, NOON)), approved=9),
        over(run(there(1, MORNING), there(1, NOON)), approved=8),
    ),
    K.SAME_SCORES: (assessed(*[90] * 6, 71, 72, 73), assessed(*[90] * 5, 71, 72, 73)),
    K.ALL_PASSED: (assessed(passed=100, of=100), assessed(passed=99, of=100)),
    K.SYNCED_LATE: (run(synced(1, 25)), run(synced(1, 24))),
    K.ONLINE_PATTERN: (online(*[900] * 6), online(*range(900, 906))),
    K.BURST: (weeks(61, 20, 0, 20, 25, 15), weeks(60, 20, 0, 20, 25, 15)),
    K.ONLINE_PACE: (online(190, 600, 601, 602, 603), online(210, 600, 601, 602, 603)),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(CASES))
def test_the_cheat_is_found_and_its_honest_twin_is_not(kind):
    cheat, honest = CASES[kind]
    assert kinds(cheat) == {kind}
    assert kinds(honest) == set()


@pytest.mark.parametrize("kind", list(CASES))
def test_a_finding_explains_itself_with_clause_and_remedy(kind):
    finding = next(one for one in findings_of(CASES[kind][0]) if one.kind is kind)
    refusal = refusal_for_hold(
        kind, HoldState.OPEN, code="HD-1", params=finding.params, reason=None
    )
    assert REFUSAL_TEXTS[refusal.code] % refusal.params
    assert refusal.rule == CLAUSES[kind] == f"EV-{list(K).index(kind) + 1}"
    assert refusal.remedy in REFUSAL_TEXTS
    assert finding.evidence


def test_whoever_comes_after_the_inspector_has_left_was_late_and_an_entry_by_hand_was_not():
    """A phone proves the minute; what staff write down afterwards proves no minute at all."""
    late = there(1, MORNING, after=90 * 60, method=AttendanceMethod.LEARNER_SCAN)
    written = there(1, MORNING, after=9 * 3600, method=BY_HAND)
    decided = there(1, MORNING, after=9 * 3600, method=AttendanceMethod.DECISION)
    nobody = (visited(heads=0),)
    assert kinds(replace(run(late), visits=nobody)) == set()
    [finding] = findings_of(replace(run(written), visits=nobody))
    assert (finding.kind, finding.seen_by) == (K.NOT_SEEN, 7)
    assert kinds(replace(run(decided), visits=nobody)) == set()


def test_hours_are_counted_when_the_class_is_over_and_only_where_somebody_was():
    cheat, _honest = CASES[K.HOURS_SHORT]
    assert kinds(replace(cheat, is_over=False)) == set()
    assert kinds(replace(cheat, approved_hours=None)) == set()
    [finding] = findings_of(cheat)
    assert (finding.params["taught"], finding.params["approved"]) == (8, 9)


def test_few_scores_alike_and_a_small_body_are_no_finding():
    """Five of five alike are few; ninety-nine passes in a row happen."""
    assert kinds(assessed(*[90] * 5)) == set()
    assert kinds(assessed(*[90] * 6, *range(60, 66))) == set()
    assert kinds(assessed(passed=99, of=99)) == set()


def test_what_is_known_orders_the_lessons_of_the_day():
    quiet = risk_of(RiskFacts(grade=Grade.A, is_visited=True))
    doubtful = risk_of(RiskFacts(held_here=1, upheld=9, grade=Grade.D))
    assert (quiet.points, doubtful.points) == (0, 30 + 3 * 20 + 40 + 10)
    assert [key for key, _params in doubtful.reasons] == [
        "upheld", "grade", "held_here", "not_visited",
    ]  # fmt: skip
    assert all(RISK_TEXTS[key] % params for key, params in doubtful.reasons)


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
