"""Visits: planning, being on site, submitting for good, and the institution's answer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.catalog.states import CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import cut_personal_numbers, tidy
from marketplace.inspections.labels import VISIT_STATE_LABELS
from marketplace.inspections.models import (
    InspectionAnswer,
    InspectionDocument,
    InspectionObservation,
    InspectionSighting,
    InspectionVisit,
)
from marketplace.inspections.queries import (
    LearnerLine,
    list_documents_of_visit,
    list_roster_of_lesson,
    lock_visit,
)
from marketplace.inspections.rules import (
    COMMENT_MAX,
    DOCUMENTS_MAX,
    PlanFacts,
    SubmissionFacts,
    answer_due_on,
    is_roll_call,
    refusals_for_begin,
    refusals_for_plan,
    refusals_for_submission,
)
from marketplace.inspections.states import (
    VISIT_TRANSITIONS,
    Observation,
    VisitKind,
    VisitState,
)
from marketplace.institutions.queries import list_manager_ids, list_members
from marketplace.notices.operations import send_notice
from marketplace.people.models import Document
from marketplace.people.operations.documents import keep_file, read_kept_file


def plan_visit(
    course_run_id: int, *, kind: VisitKind, planned_on: date, inspector_id: int
) -> InspectionVisit:
    """Plan to visit a class on one of its days. An announced visit is told to the managers.

    Refuses a day that is over or without a lesson, a canceled class, and staff of the institution.
    """
    run = get_course_run(course_run_id)
    days = {clock.local_date(lesson.starts_at) for lesson in list_lessons(course_run_id)}
    facts = PlanFacts(
        today=clock.today(),
        planned_on=planned_on,
        lesson_days=frozenset(days),
        is_canceled=run.state is CourseRunState.CANCELED,
        is_own=_is_staff(run.institution_id, inspector_id),
    )
    if refusals := refusals_for_plan(facts):
        raise Refused(refusals)
    visit = InspectionVisit(
        code=new_code("IV"),
        kind=kind,
        state=VisitState.PLANNED,
        course_run_id=run.id,
        institution_id=run.institution_id,
        inspector_id=inspector_id,
        planned_on=planned_on,
        planned_at=clock.now(),
    )
    db.session.add(visit)
    db.session.flush()
    details = {"visit_kind": kind, "course_run": run.code, "day": planned_on.isoformat()}
    _record("inspection.planned", visit, inspector_id, details=details)
    if kind is VisitKind.ANNOUNCED:
        _tell_managers("inspection.announced", visit, run, day=planned_on)
    return visit


def visit_now(lesson_id: int, *, course_run_id: int, inspector_id: int) -> InspectionVisit:
    """Stand in the door without having planned it. Refuses as planning and beginning do."""
    visit = plan_visit(
        course_run_id,
        kind=VisitKind.UNANNOUNCED,
        planned_on=clock.today(),
        inspector_id=inspector_id,
    )
    return begin_visit(visit.code, lesson_id=lesson_id, actor_id=inspector_id)


def begin_visit(code: str, *, lesson_id: int, actor_id: int) -> InspectionVisit:
    """The inspector is on site and opens the lesson that is held; the server's time counts.

    Refuses another inspector, and any time but that of the lesson.
    """
    visit = lock_visit(code)
    if visit.state is VisitState.OPEN and visit.lesson_id == lesson_id:
        _require_own(visit, actor_id)
        return visit
    _move(visit, VisitState.OPEN, actor_id)
    lesson = next((one for one in list_lessons(visit.course_run_id) if one.id == lesson_id), None)
    if lesson is None:
        raise NotFound("lesson")
    now = clock.now()
    if refusals := refusals_for_begin(now=now, starts_at=lesson.starts_at, ends_at=lesson.ends_at):
        raise Refused(refusals)
    visit.state, visit.lesson_id, visit.begun_at = VisitState.OPEN, lesson_id, now
    db.session.flush()
    _record("inspection.begun", visit, actor_id, details={"lesson": lesson.number})
    return visit


def cancel_visit(code: str, *, reason: str, actor_id: int) -> InspectionVisit:
    """A planned or begun visit does not take place; an announced one is called off."""
    visit = lock_visit(code)
    _move(visit, VisitState.CANCELED, actor_id)
    if not tidy(reason):
        raise Refused(Refusal("visit_cancel_reason", field="reason"))
    visit.state = VisitState.CANCELED
    visit.cancel_reason = cut_personal_numbers(tidy(reason))[:COMMENT_MAX]
    db.session.flush()
    _record("inspection.canceled", visit, actor_id, reason=visit.cancel_reason)
    if visit.kind is VisitKind.ANNOUNCED:
        run = get_course_run(visit.course_run_id)
        _tell_managers("inspection.called_off", visit, run, day=visit.planned_on)
    return visit


def attach_visit_document(code: str, *, file_name: str, content: bytes, actor_id: int) -> Document:
    """Add a photo or PDF while on site, kept encrypted. Refuses other files and too many."""
    visit = lock_visit(code)
    _require_own(visit, actor_id)
    if visit.state is not VisitState.OPEN:
        raise Refused(_wrong_state(visit))
    if len(list_documents_of_visit(visit.id)) >= DOCUMENTS_MAX:
        raise Refused(Refusal("visit_documents_too_many", {"limit": DOCUMENTS_MAX}))
    document = keep_file(file_name=file_name, content=content, worker_id=None, actor_id=actor_id)
    db.session.add(InspectionDocument(visit_id=visit.id, document_id=document.id))
    db.session.flush()
    details = {"document": document.code}
    _record("inspection.document_added", visit, actor_id, details=details)
    return document


def open_visit_document(visit: InspectionVisit, *, code: str, actor_id: int) -> bytes:
    """Hand out a photo or document of a visit; the trail says who opened it."""
    found = [one.document for one in list_documents_of_visit(visit.id) if one.document.code == code]
    if not found:
        raise NotFound("document", code)
    _record("inspection.document_opened", visit, actor_id, details={"document": code})
    return read_kept_file(found[0].id)


def submit_visit(
    code: str,
    *,
    head_count: int | None,
    seen: Collection[int],
    observations: Collection[Observation],
    comment: str,
    actor_id: int,
) -> InspectionVisit:
    """State for good what was seen: heads, learners one by one, observations, a comment.

    Keeps beside each learner what the sheet of the lesson says at this moment. Nothing of it can
    be changed afterwards, by anybody. The managers are told and may answer within ten days.
    Refuses, with every reason, what contradicts itself. A retry finds the visit submitted.
    """
    visit = lock_visit(code)
    _require_own(visit, actor_id)
    if visit.state is VisitState.SUBMITTED:
        return visit
    if visit.state is VisitState.CANCELED:
        raise Refused(_wrong_state(visit))
    lines = list_roster_of_lesson(visit.course_run_id, visit.lesson_id) if visit.lesson_id else []
    said = cut_personal_numbers(comment.strip())[:COMMENT_MAX]
    facts = SubmissionFacts(
        state=visit.state,
        head_count=head_count,
        seen=frozenset(seen),
        roster=frozenset(line.enrollment.id for line in lines),
        observations=frozenset(observations),
        comment=said,
    )
    if refusals := refusals_for_submission(facts):
        raise Refused(refusals)
    _keep_what_was_seen(visit, lines, facts)
    details = {
        "head_count": head_count,
        "seen": len(facts.seen),
        "observations": sorted(facts.observations),
    }
    _record("inspection.submitted", visit, actor_id, details=details)
    run, due_on = get_course_run(visit.course_run_id), answer_due_on(clock.today())
    _tell_managers("inspection.submitted", visit, run, day=due_on)
    return visit


def _keep_what_was_seen(
    visit: InspectionVisit, lines: list[LearnerLine], facts: SubmissionFacts
) -> None:
    for line in lines:
        db.session.add(
            InspectionSighting(
                visit_id=visit.id,
                enrollment_id=line.enrollment.id,
                is_seen=line.enrollment.id in facts.seen,
                recorded=line.attendance.state if line.attendance else None,
                method=line.attendance.method if line.attendance else None,
            )
        )
    for observation in sorted(facts.observations):
        db.session.add(InspectionObservation(visit_id=visit.id, observation=observation))
    db.session.flush()
    # From here on triggers keep the visit and all its rows as they are.
    assert facts.head_count is not None, "the rules refuse a visit without a count"
    visit.head_count, visit.comment = facts.head_count, facts.comment or None
    visit.is_roll_call = is_roll_call(head_count=facts.head_count, seen=facts.seen)
    visit.answer_due_on = answer_due_on(clock.today())
    visit.state, visit.submitted_at = VisitState.SUBMITTED, clock.now()
    db.session.flush()


def answer_visit(code: str, *, institution_id: int, answer: str, actor_id: int) -> InspectionAnswer:
    """The institution says what it has to say to a visit, until the last day of answers."""
    visit = lock_visit(code)
    if visit.institution_id != institution_id or visit.state is not VisitState.SUBMITTED:
        raise NotFound("inspection_visit")
    assert visit.answer_due_on is not None, "a check of the table says so"
    if clock.today() > visit.answer_due_on:
        raise Refused(Refusal("visit_answer_late", {"day": visit.answer_due_on}))
    if not answer.strip():
        raise Refused(Refusal("say_why", field="answer"))
    said = InspectionAnswer(
        visit_id=visit.id,
        answer=cut_personal_numbers(answer.strip())[:COMMENT_MAX],
        answered_by=actor_id,
        answered_at=clock.now(),
    )
    db.session.add(said)
    db.session.flush()
    _record("inspection.answered", visit, actor_id)
    link = f"/inspection/visits/{visit.code}"
    params = {"visit": visit.code}
    send_notice(visit.inspector_id, kind="inspection.answered", params=params, link=link)
    return said


def _move(visit: InspectionVisit, to: VisitState, actor_id: int) -> None:
    _require_own(visit, actor_id)
    if to not in VISIT_TRANSITIONS[visit.state]:
        raise Refused(_wrong_state(visit))


def _require_own(visit: InspectionVisit, actor_id: int) -> None:
    if visit.inspector_id != actor_id:
        raise Refused(Refusal("visit_of_another"))


def _wrong_state(visit: InspectionVisit) -> Refusal:
    return Refusal("visit_state", {"state": VISIT_STATE_LABELS[visit.state]})


def _is_staff(institution_id: int, user_id: int) -> bool:
    return any(member.user_id == user_id for member in list_members(institution_id))


def _record(
    event: str,
    visit: InspectionVisit,
    actor_id: int,
    *,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    record_event(
        event,
        subject_kind="inspection_visit",
        subject_code=visit.code,
        actor_id=actor_id,
        reason=reason,
        details=details or {},
    )


def _tell_managers(kind: str, visit: InspectionVisit, run: CourseRun, *, day: date) -> None:
    for manager_id in list_manager_ids(visit.institution_id):
        send_notice(
            manager_id,
            kind=kind,
            params={"run": run.code, "day": day},
            link=f"/institution/visits/{visit.code}",
        )
