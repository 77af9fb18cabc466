"""Results: the completion rate, the assessment, the certificate number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from marketplace.catalog.models import Lesson
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.models import Completion
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.operations.changes import move_enrollment, record_enrollment
from marketplace.enrollment.queries import (
    count_lessons_attended,
    find_completion,
    list_live_enrollments_of_run,
    lock_enrollment,
)
from marketplace.enrollment.rules import (
    CompletionFacts,
    completion_rate_percent,
    refusals_for_completion,
    state_after_completion,
)
from marketplace.enrollment.sign_in_queries import count_waiting_entries
from marketplace.enrollment.states import AssessmentResult, EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code


def complete_enrollment(
    enrollment_id: int, *, assessment: AssessmentResult, actor_id: int
) -> Completion:
    """Record a learner's result: whole-percent completion rate, assessment, certificate number.

    The rate is of lessons, or, in a class with online hours, of the hours of the class.

    Refuses before the last lesson ends and for a learner who never came. A failed assessment
    ends the enrollment as failed, without a certificate.
    """
    enrollment = lock_enrollment(enrollment_id)
    if earlier := find_completion(enrollment_id):
        if earlier.assessment is not assessment:
            raise Refused(Refusal("result_differs"))
        return earlier
    lessons = list_lessons(enrollment.course_run_id)
    attended = count_lessons_attended([enrollment_id]).get(enrollment_id, 0)
    share = list_online_shares([enrollment_id]).get(enrollment_id)
    facts = CompletionFacts(
        clock.now(),
        enrollment.state,
        attended,
        max(lesson.ends_at for lesson in lessons),
        entries_waiting=count_waiting_entries([enrollment_id]).get(enrollment_id, 0),
        online_seconds=share.credited if share else 0,
    )
    if refusals := refusals_for_completion(facts):
        raise Refused(refusals)
    state = state_after_completion(assessment)
    completion = Completion(
        enrollment_id=enrollment_id,
        lessons_attended=attended,
        lessons_total=len(lessons),
        rate_percent=(
            share.rate_percent if share else completion_rate_percent(attended, len(lessons))
        ),
        assessment=assessment,
        certificate_number=new_code("CT") if state is EnrollmentState.COMPLETED else None,
        completed_on=_completed_on(lessons[-1]),
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    db.session.add(completion)
    move_enrollment(enrollment, state)
    db.session.flush()
    details = {"rate_percent": completion.rate_percent, "assessment": assessment}
    record_enrollment(f"enrollment.{state}", enrollment, actor_id, details=details)
    return completion


def _completed_on(last_lesson: Lesson) -> date:
    # The day of training counts, not the day the institution got round to recording it.
    return clock.local_date(last_lesson.ends_at)


def complete_course_run(
    course_run_id: int, *, assessments: Mapping[int, AssessmentResult], actor_id: int
) -> dict[int, tuple[Refusal, ...]]:
    """Record the results of a whole class by enrollment; answers the refused with all reasons."""
    refused = {}
    for enrollment in list_live_enrollments_of_run(course_run_id):
        assessment = assessments.get(enrollment.id)
        if assessment is None:
            continue
        try:
            complete_enrollment(enrollment.id, assessment=assessment, actor_id=actor_id)
        except Refused as no:  # nothing was written for this learner
            refused[enrollment.id] = no.refusals
    return refused
