"""Who is recorded as present was seen by the inspector who was there."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.enrollment.states import LIVE_METHODS, AttendanceMethod
from marketplace.evidence.rules.facts import (
    Finding,
    PresenceFacts,
    RunFacts,
    at_of,
    line_of,
    make_finding,
    span_of,
)
from marketplace.evidence.states import FindingKind
from marketplace.inspections.rules import VisitSight


def find_not_seen(facts: RunFacts) -> Iterator[Finding]:
    """EV-11: a learner recorded for a lesson was there when names were compared."""
    for visit in facts.visits:
        if not visit.is_roll_call:
            continue
        for one in _recorded_then(facts, visit):
            if one.enrollment_id not in visit.seen:
                params = {"visit": visit.visit_code, "when": at_of(visit.begun_at, facts.zone)}
                line = f"{line_of(one.lesson, facts.zone)} ← {at_of(one.recorded_at, facts.zone)}"
                yield make_finding(
                    FindingKind.NOT_SEEN,
                    one.enrollment_id,
                    params,
                    [line, visit.visit_code],
                    seen_by=visit.inspector_id,
                )


def find_head_counts(facts: RunFacts) -> Iterator[Finding]:
    """EV-12: as many heads as presences, where the inspector only counted."""
    for visit in facts.visits:
        recorded = [] if visit.is_roll_call else _recorded_then(facts, visit)
        if len(recorded) > visit.head_count:
            lesson = recorded[0].lesson
            params = {
                "people": len(recorded),
                "heads": visit.head_count,
                "visit": visit.visit_code,
                "when": span_of(lesson, facts.zone),
            }
            line = f"{line_of(lesson, facts.zone)}: {len(recorded)} > {visit.head_count}"
            yield make_finding(
                FindingKind.HEAD_COUNT,
                None,
                params,
                [line, visit.visit_code],
                of=facts.course_run_id,
                seen_by=visit.inspector_id,
            )


def _recorded_then(facts: RunFacts, visit: VisitSight) -> list[PresenceFacts]:
    """Presences of the lesson that say: there during the visit.

    Who signed in with a phone or voucher after the inspector had left came late, as people do. An
    entry by hand says nothing of the hour, so it counts whenever it was made; what an officer
    decided is decided.
    """
    return [
        one
        for one in facts.presences
        if one.lesson.lesson_id == visit.lesson_id
        and one.method is not AttendanceMethod.DECISION
        and not (one.method in LIVE_METHODS and one.recorded_at > visit.submitted_at)
    ]
