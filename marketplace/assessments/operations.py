"""Assessments by another party: asking a body, its results, and changes by two people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.assessments.models import (
    Assessment,
    AssessmentChange,
    AssessmentResultRow,
    AssessorMember,
)
from marketplace.assessments.queries import (
    find_body_of,
    find_live_assessment,
    find_open_result_change,
    find_uscc_of_body,
    list_bodies_for,
    list_learners_to_assess,
    list_people_of_body,
    list_results_of,
    lock_assessment,
    lock_result_change,
)
from marketplace.assessments.rules import (
    AS_ASSESSMENT,
    AssignmentFacts,
    ChangeFacts,
    EnteredResult,
    SubmissionFacts,
    refusals_for_assignment,
    refusals_for_change,
    refusals_for_move,
    refusals_for_results,
)
from marketplace.assessments.states import AssessmentState, ChangeState, ResultKind
from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.directories.models import Assessor
from marketplace.enrollment.queries import find_completion
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import cut_personal_numbers, tidy
from marketplace.institutions.queries import (
    get_institution,
    list_manager_ids,
    list_members,
    list_memberships_of_user,
)
from marketplace.notices.operations import send_notice
from marketplace.people.queries.users import find_worker_id_of_user
from marketplace.people.queries.workers import seal_id_number
from marketplace.teaching.queries import PERSON_PURPOSE, list_persons_of

REASON_MAX = 500


def add_assessor_member(assessor_id: int, *, user_id: int, actor_id: int) -> AssessorMember:
    """Let a login enter results for a body.

    Refuses who works for another body or for a training institution.
    """
    present = find_body_of(user_id)
    if present == assessor_id:
        return next(one for one, user in list_people_of_body(assessor_id) if user.id == user_id)
    if present is not None or list_memberships_of_user(user_id):
        raise Refused(Refusal("assessor_member_elsewhere", field="login"))
    member = AssessorMember(
        assessor_id=assessor_id, user_id=user_id, added_by=actor_id, added_at=clock.now()
    )
    db.session.add(member)
    db.session.flush()
    _record_member("assessor.member_added", member, actor_id)
    return member


def remove_assessor_member(assessor_id: int, *, member_id: int, actor_id: int) -> None:
    """A login no longer enters results for a body; what it entered stays."""
    found = [one for one, _user in list_people_of_body(assessor_id) if one.id == member_id]
    if not found:
        raise NotFound("assessor_member")
    found[0].removed_by, found[0].removed_at = actor_id, clock.now()
    db.session.flush()
    _record_member("assessor.member_removed", found[0], actor_id)


def assign_assessment(course_run_id: int, *, assessor_code: str, actor_id: int) -> Assessment:
    """The institution asks a body of the directory to assess a class; its people are told.

    Refuses a body that may not assess this today, the institution itself, a second body, and a
    class with results.
    """
    run = get_course_run(course_run_id)
    listed = {row["code"] for row in list_bodies_for(course_run_id, on=clock.today())}
    assessor = _find_assessor(assessor_code)
    uscc = get_institution(run.institution_id).uscc
    facts = AssignmentFacts(
        is_listed=assessor is not None and assessor_code in listed,
        is_same_party=bool(assessor and uscc and find_uscc_of_body(assessor.id) == uscc),
        has_live_assessment=find_live_assessment(course_run_id) is not None,
        has_results=any(
            find_completion(one.id) is not None for one in list_learners_to_assess(course_run_id)
        ),
    )
    if refusals := refusals_for_assignment(facts):
        raise Refused(refusals)
    assert assessor is not None, "a body that is not there is not listed"
    assessment = Assessment(
        code=new_code("AS"),
        state=AssessmentState.ASSIGNED,
        course_run_id=run.id,
        institution_id=run.institution_id,
        assessor_id=assessor.id,
        assigned_by=actor_id,
        assigned_at=clock.now(),
    )
    db.session.add(assessment)
    db.session.flush()
    details = {"assessor": assessor.code, "course_run": run.code}
    _record("assessment.assigned", assessment, actor_id, details=details)
    params = {"run": run.code, "institution": get_institution(run.institution_id).name}
    for _member, user in list_people_of_body(assessor.id):
        link = f"/assessment/{assessment.code}"
        send_notice(user.id, kind="assessment.assigned", params=params, link=link)
    return assessment


def cancel_assessment(code: str, *, reason: str, actor_id: int) -> Assessment:
    """The body is not to assess this class after all, as long as it has entered nothing."""
    assessment = lock_assessment(code)
    if refusals := refusals_for_move(assessment.state, AssessmentState.CANCELED):
        raise Refused(refusals)
    if not tidy(reason):
        raise Refused(Refusal("assessment_cancel_reason", field="reason"))
    assessment.state = AssessmentState.CANCELED
    assessment.cancel_reason = cut_personal_numbers(tidy(reason))[:REASON_MAX]
    db.session.flush()
    _record("assessment.canceled", assessment, actor_id, reason=assessment.cancel_reason)
    return assessment


def submit_results(
    code: str, *, assessed_on: date, results: Mapping[int, EnteredResult], actor_id: int
) -> Assessment:
    """A person of the body enters who passed, once for the class; a retry changes nothing.

    Refuses who taught the class or works for its institution, a day before the last lesson or
    to come, learners of other classes, and scores outside 0 to 100.
    """
    assessment = lock_assessment(code)
    _require_person(assessment, actor_id)
    if assessment.state is AssessmentState.SUBMITTED:
        return assessment
    lessons = list_lessons(assessment.course_run_id)
    facts = SubmissionFacts(
        state=assessment.state,
        is_trainer=is_trainer(assessment, actor_id),
        assessed_on=assessed_on,
        last_lesson_on=max(clock.local_date(one.starts_at) for one in lessons),
        today=clock.today(),
        results=results,
        roster=frozenset(one.id for one in list_learners_to_assess(assessment.course_run_id)),
    )
    if refusals := refusals_for_results(facts):
        raise Refused(refusals)
    for enrollment_id, entered in sorted(results.items()):
        _add_result(assessment, enrollment_id, entered, actor_id=actor_id, change_id=None)
    assessment.state = AssessmentState.SUBMITTED
    assessment.assessed_on = assessed_on
    assessment.submitted_by, assessment.submitted_at = actor_id, clock.now()
    db.session.flush()
    passed = sum(one.result is ResultKind.PASSED for one in results.values())
    details = {"learners": len(results), "passed": passed, "day": assessed_on.isoformat()}
    _record("assessment.submitted", assessment, actor_id, details=details)
    _tell_institution(assessment, "assessment.submitted", count=len(results))
    return assessment


def propose_result_change(
    code: str,
    *,
    enrollment_id: int,
    wanted: EnteredResult,
    reason: str,
    actor_id: int,
) -> AssessmentChange:
    """A person of the body says that a result was wrong, or void; an officer decides."""
    assessment = lock_assessment(code)
    _require_person(assessment, actor_id)
    roster = {one.id for one in list_learners_to_assess(assessment.course_run_id)}
    if enrollment_id not in roster:
        raise NotFound("enrollment")
    present = list_results_of(assessment.id).get(enrollment_id)
    facts = ChangeFacts(
        is_submitted=assessment.state is AssessmentState.SUBMITTED,
        is_trainer=is_trainer(assessment, actor_id),
        present=EnteredResult(present.result, present.score) if present else None,
        wanted=wanted,
        has_open_change=find_open_result_change(assessment.id, enrollment_id) is not None,
        reason=tidy(reason),
    )
    if refusals := refusals_for_change(facts):
        raise Refused(refusals)
    change = AssessmentChange(
        code=new_code("AC"),
        state=ChangeState.PROPOSED,
        assessment_id=assessment.id,
        enrollment_id=enrollment_id,
        result=wanted.result,
        score=wanted.score,
        reason=cut_personal_numbers(facts.reason)[:REASON_MAX],
        proposed_by=actor_id,
        proposed_at=clock.now(),
    )
    db.session.add(change)
    db.session.flush()
    details = {"change": change.code, "result": wanted.result, "score": wanted.score}
    _record(
        "assessment.change_proposed", assessment, actor_id, reason=change.reason, details=details
    )
    return change


def accept_result_change(code: str, *, reason: str, actor_id: int) -> AssessmentChange:
    """The second person agrees: a new result is added beside the first, which stays readable.

    A recorded completion follows it; its certificate is ended or issued again in its own place,
    and a redemption reversed in its own. Refuses the first person and the institution's staff.
    """
    change, assessment = _lock_proposed(code, actor_id)
    _decide(change, ChangeState.ACCEPTED, reason, actor_id)
    entered = EnteredResult(change.result, change.score)
    _add_result(
        assessment, change.enrollment_id, entered, actor_id=change.proposed_by, change_id=change.id
    )
    if completion := find_completion(change.enrollment_id):
        completion.assessment = AS_ASSESSMENT[change.result]
    db.session.flush()
    _after_decision("assessment.change_accepted", change, assessment, actor_id)
    return change


def reject_result_change(code: str, *, reason: str, actor_id: int) -> AssessmentChange:
    """The second person does not agree: the result stays. Refuses as accepting does."""
    change, assessment = _lock_proposed(code, actor_id)
    _decide(change, ChangeState.REJECTED, reason, actor_id)
    _after_decision("assessment.change_rejected", change, assessment, actor_id)
    return change


def is_trainer(assessment: Assessment, user_id: int) -> bool:
    """Whether somebody works for the institution or taught a lesson of the class, by ID number."""
    staff = {member.user_id for member in list_members(assessment.institution_id)}
    if user_id in staff:
        return True
    worker_id = find_worker_id_of_user(user_id)
    if worker_id is None:
        return False
    lessons = list_lessons(assessment.course_run_id)
    taught = list_persons_of({one.trainer_id for one in lessons if one.trainer_id is not None})
    return bool(taught) and seal_id_number(worker_id, purpose=PERSON_PURPOSE) in taught


def _find_assessor(code: str) -> Assessor | None:
    return db.session.scalar(select(Assessor).where(Assessor.code == code))


def _require_person(assessment: Assessment, actor_id: int) -> None:
    if find_body_of(actor_id) != assessment.assessor_id:
        raise NotFound("assessment")


def _add_result(
    assessment: Assessment,
    enrollment_id: int,
    entered: EnteredResult,
    *,
    actor_id: int,
    change_id: int | None,
) -> None:
    db.session.add(
        AssessmentResultRow(
            assessment_id=assessment.id,
            enrollment_id=enrollment_id,
            result=entered.result,
            score=entered.score,
            change_id=change_id,
            entered_by=actor_id,
            entered_at=clock.now(),
        )
    )


def _lock_proposed(code: str, actor_id: int) -> tuple[AssessmentChange, Assessment]:
    change = lock_result_change(code)
    if change.state is not ChangeState.PROPOSED:
        raise Refused(Refusal("assessment_change_decided"))
    if change.proposed_by == actor_id:
        raise Refused(Refusal("same_person"))
    assessment = db.session.get_one(Assessment, change.assessment_id)
    if is_trainer(assessment, actor_id):
        raise Refused(Refusal("own_matter"))
    return change, assessment


def _decide(change: AssessmentChange, state: ChangeState, reason: str, actor_id: int) -> None:
    if not tidy(reason):
        raise Refused(Refusal("say_why", field="reason"))
    change.state = state
    change.decision_reason = cut_personal_numbers(tidy(reason))[:REASON_MAX]
    change.decided_by, change.decided_at = actor_id, clock.now()
    db.session.flush()


def _after_decision(
    event: str, change: AssessmentChange, assessment: Assessment, actor_id: int
) -> None:
    details = {"change": change.code, "result": change.result, "score": change.score}
    _record(event, assessment, actor_id, reason=change.decision_reason, details=details)
    _tell_institution(assessment, event, reason=change.decision_reason)
    run = get_course_run(assessment.course_run_id)
    params = {"run": run.code, "reason": change.decision_reason}
    link = f"/assessment/{assessment.code}"
    send_notice(change.proposed_by, kind=event, params=params, link=link)


def _tell_institution(assessment: Assessment, kind: str, **params: Any) -> None:
    run = get_course_run(assessment.course_run_id)
    for manager_id in list_manager_ids(assessment.institution_id):
        link = f"/institution/classes/{run.code}/results"
        send_notice(manager_id, kind=kind, params={"run": run.code, **params}, link=link)


def _record(
    event: str,
    assessment: Assessment,
    actor_id: int,
    *,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    record_event(
        event,
        subject_kind="assessment",
        subject_code=assessment.code,
        actor_id=actor_id,
        reason=reason,
        details=details or {},
    )


def _record_member(event: str, member: AssessorMember, actor_id: int) -> None:
    record_event(
        event,
        subject_kind="assessor",
        subject_code=db.session.get_one(Assessor, member.assessor_id).code,
        actor_id=actor_id,
        details={"user_id": member.user_id},
    )
