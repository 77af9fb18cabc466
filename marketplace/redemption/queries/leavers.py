"""How much of a class those attended who left it: counted anew whenever it is asked, so that a
dispute that is decided later counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.queries import count_lessons, count_lessons_attended
from marketplace.enrollment.rules import completion_rate_percent
from marketplace.enrollment.states import AssessmentResult, EnrollmentState, ExitReason
from marketplace.foundation import clock
from marketplace.redemption.rules import CompletionEvidence


@dataclass(frozen=True, slots=True)
class Leaver:
    """An enrollment that ended before its completion."""

    enrollment_id: int
    course_run_id: int
    reason: ExitReason
    left_at: datetime


def leaver_of(
    enrollment_id: int,
    course_run_id: int,
    state: str,
    exit_reason: str | None,
    left_at: datetime,
) -> Leaver | None:
    """Somebody who withdrew; none: everybody else."""
    if state != EnrollmentState.WITHDRAWN or exit_reason is None:
        return None
    return Leaver(enrollment_id, course_run_id, ExitReason(exit_reason), left_at)


def list_leavers_evidence(found: Iterable[Leaver | None]) -> dict[int, CompletionEvidence]:
    """By enrollment, what the training of leavers proves: the share of the whole class they
    attended, until the day they left. A few statements, and none where nobody left."""
    leavers = [one for one in found if one is not None]
    if not leavers:
        return {}
    rates = list_rates_so_far([(one.enrollment_id, one.course_run_id) for one in leavers])
    return {
        one.enrollment_id: CompletionEvidence(
            completed_on=clock.local_date(one.left_at),
            rate_percent=rates[one.enrollment_id],
            assessment=AssessmentResult.NOT_ASSESSED,
            exit_reason=one.reason,
        )
        for one in leavers
    }


def list_rates_so_far(enrollments: Iterable[tuple[int, int]]) -> dict[int, int]:
    """By enrollment (given with its class): how much of the whole class was attended by now, in
    whole percent of its lessons, or of its hours where there are online ones."""
    runs = dict(enrollments)
    attended, lessons = count_lessons_attended(runs), count_lessons(set(runs.values()))
    online = list_online_shares(runs)
    return {
        enrollment_id: online[enrollment_id].rate_percent
        if enrollment_id in online
        else completion_rate_percent(attended.get(enrollment_id, 0), lessons.get(run_id, 0))
        for enrollment_id, run_id in runs.items()
    }
