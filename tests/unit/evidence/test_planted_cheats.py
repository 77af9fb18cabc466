"""Cheats A06 to A14 of docs/trust.md against the rules: each held in words, its twin let pass.

What needs registers and vouchers (A07, A08, A13) is planted in
tests/integration/redemption/test_planted_cheats.py, through to the refused redemption.
"""

from __future__ import annotations

from marketplace.assessments.rules import (
    ChangeFacts,
    EnteredResult,
    SubmissionFacts,
    refusals_for_change,
    refusals_for_results,
)
from marketplace.assessments.states import AssessmentState, ResultKind
from marketplace.enrollment.states import AttendanceMethod
from marketplace.evidence.rules.findings import findings_of, refusal_for_hold
from marketplace.evidence.states import HoldState
from marketplace.foundation.errors import REFUSAL_TEXTS
from tests.factories.evidence_facts import (
    BY_HAND,
    HOUR,
    MORNING,
    NOON,
    NOW_DAY,
    OTHER,
    START,
    arrivals,
    assessed,
    days,
    lesson,
    over,
    phone,
    run,
    there,
    weeks,
)


def said_about(facts):
    """What institution and officer read of the class, in words."""
    return [
        REFUSAL_TEXTS[refusal.code] % refusal.params
        for finding in findings_of(facts)
        for refusal in [
            refusal_for_hold(
                finding.kind, HoldState.OPEN, code="HD-1", params=finding.params, reason=None
            )
        ]
    ]


def planted(cheat, twin, words):
    assert any(words in sentence for sentence in said_about(cheat)), said_about(cheat)
    assert said_about(twin) == []


def test_a06_a_burst_of_claims_and_a_school_that_grows():
    planted(weeks(400, 20, 25, 20, 30), weeks(60, 20, 25, 20, 30), "its usual week has 22")


def test_a06_more_claims_than_seats():
    full = [there(number, lesson(room="7", room_seats=2), after=number**2 * 7) for number in (1, 2)]
    one_more = there(3, lesson(room="7", room_seats=2), after=300)
    planted(run(*full, one_more), run(*full), "3 people are recorded as present where there are 2")


def test_a09_one_phone_signs_in_for_a_friend():
    friends = (phone(1, MORNING, 10, "one"), phone(2, MORNING, 70, "one"))
    each_their_own = (phone(1, MORNING, 10, "one"), phone(2, MORNING, 70, "other"))
    planted(run(*friends), run(*each_their_own), "one phone signed in 2 people")


def test_a09_staff_with_all_the_cards_go_through_them_evenly():
    planted(
        run(*arrivals(5, 10, 15.1, 20, 25, 30.1, 35)),
        run(*arrivals(5, 9, 17, 21, 38, 40, 52)),
        "signed in one after the other at equal intervals",
    )


def test_a10_one_person_in_two_places():
    elsewhere = [there(1, lesson(run=OTHER, starts=START + HOUR))]
    afterwards = [there(1, lesson(run=OTHER, starts=START + 3 * HOUR))]
    planted(
        run(there(1, MORNING), elsewhere=elsewhere),
        run(there(1, MORNING), elsewhere=afterwards),
        "two lessons at the same time",
    )


def test_a10_more_hours_than_a_day_has():
    def evening(hours):
        late = lesson(run=OTHER, starts=START + 6 * HOUR, hours=hours)
        return run(there(1, lesson(hours=6)), elsewhere=[there(1, late)])

    planted(evening(4.5), evening(4), "more than 10 hours a day")


def test_a11_records_written_when_the_class_was_over():
    late = there(1, MORNING, method=BY_HAND, after=5 * 86400)
    in_time = there(1, MORNING, method=BY_HAND, after=86400)
    planted(run(late), run(in_time), "entered by hand after the last day")


def test_a11_a_program_comes_at_the_same_second():
    planted(
        run(*days(61, 61.4, 61, 61.8)),
        run(*days(61, 65, 130, 12)),
        "the same second of 4 lessons",
    )


def test_a12_hours_cut_short():
    taught = run(there(1, MORNING), there(1, NOON))
    planted(over(taught, approved=16), over(taught, approved=8), "8 of 16 approved hours")


def test_a14_mass_certificates_and_scores_made_up():
    everybody = assessed(passed=120, of=120)
    planted(everybody, assessed(passed=118, of=120), "passed all 120 learners")
    planted(assessed(*[88] * 9, 71), assessed(88, 74, 91, 66, 71), "have the same score, 88")


def test_a14_the_trainer_enters_no_result_and_nobody_changes_one_alone():
    passed = EnteredResult(ResultKind.PASSED, 90)

    def entered(*, is_trainer):
        facts = SubmissionFacts(
            state=AssessmentState.ASSIGNED,
            is_trainer=is_trainer,
            assessed_on=NOW_DAY,
            last_lesson_on=NOW_DAY,
            today=NOW_DAY,
            results={1: passed},
            roster=frozenset({1}),
        )
        return [refusal.code for refusal in refusals_for_results(facts)]

    assert entered(is_trainer=True) == ["assessor_taught_class"]
    assert entered(is_trainer=False) == []
    silent = ChangeFacts(True, True, EnteredResult(ResultKind.FAILED, 40), passed, False, "")
    refused = [refusal.code for refusal in refusals_for_change(silent)]
    assert refused == ["assessor_taught_class", "assessment_change_reason"]


def test_a_station_is_no_proxy():
    """The honest twin of A09 that matters most: five people, one tablet by the door."""
    at_the_door = [
        there(number, MORNING, after=number**2 * 9, method=AttendanceMethod.STATION, device="door")
        for number in range(1, 6)
    ]
    assert said_about(run(*at_the_door)) == []
