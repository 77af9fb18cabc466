"""Classes filed too shortly before they begin (开班备案): asked, consented or not."""

from __future__ import annotations

from datetime import date

from marketplace.audit.operations import record_event
from marketplace.catalog.models import CourseRun, LateFiling
from marketplace.catalog.queries.course_policy import get_catalog_policy
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.late_filings import find_late_filing, lock_late_filing
from marketplace.catalog.run_rules import (
    is_filed_late,
    refusals_for_late_filing,
    refusals_for_opening_late,
)
from marketplace.catalog.states import LateFilingState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice


def list_late_filing_refusals(starts_on: date, late_reason: str) -> tuple[Refusal, ...]:
    """Why a class cannot be filed today for that first day without a reason."""
    policy = get_catalog_policy()
    return refusals_for_late_filing(
        starts_on,
        today=clock.today(),
        days_min=policy.filing_days_min,
        late_reason=tidy(late_reason),
        rule=policy.clause,
    )


def ask_for_late_filing(
    course_run: CourseRun, *, reason: str, actor_id: int | None
) -> LateFiling | None:
    """Note that a class was filed late and waits for an officer; none when it is in time."""
    policy = get_catalog_policy()
    today = clock.today()
    if not is_filed_late(course_run.starts_on, today=today, days_min=policy.filing_days_min):
        return None
    filing = LateFiling(
        course_run_id=course_run.id,
        state=LateFilingState.ASKED,
        days_before=(course_run.starts_on - today).days,
        days_asked=policy.filing_days_min,
        reason=tidy(reason),
        asked_by=actor_id,
        asked_at=clock.now(),
    )
    db.session.add(filing)
    db.session.flush()
    _record("course_run.late_filing_asked", course_run, actor_id=actor_id, reason=filing.reason)
    return filing


def list_refusals_for_opening_late(course_run_id: int) -> tuple[Refusal, ...]:
    """A late filing opens with an officer's consent only."""
    filing = find_late_filing(course_run_id)
    if filing is None:
        return ()
    return tuple(refusals_for_opening_late(filing.state, filing.answer))


def grant_late_filing(course_run_id: int, *, answer: str, actor_id: int | None) -> LateFiling:
    """Consent to a late filing: the class may open. Refuses one that was refused before."""
    return _decide(course_run_id, LateFilingState.GRANTED, answer, actor_id)


def refuse_late_filing(course_run_id: int, *, answer: str, actor_id: int | None) -> LateFiling:
    """Do not consent, and say why: the class cannot open and is canceled by its institution."""
    return _decide(course_run_id, LateFilingState.REFUSED, answer, actor_id)


def _decide(
    course_run_id: int, state: LateFilingState, answer: str, actor_id: int | None
) -> LateFiling:
    filing = lock_late_filing(course_run_id)
    if filing.state is state:
        return filing
    answer = tidy(answer)
    refusals = []
    if filing.state is not LateFilingState.ASKED:
        refusals.append(Refusal("late_filing_decided"))
    if state is LateFilingState.REFUSED and not answer:
        refusals.append(Refusal("reason_missing", field="reason"))
    if actor_id is not None and filing.asked_by == actor_id:
        refusals.append(Refusal("same_person"))
    if refusals:
        raise Refused(refusals)
    filing.state = state
    filing.answer = answer or None
    filing.decided_by = actor_id
    filing.decided_at = clock.now()
    db.session.flush()
    course_run = get_course_run(course_run_id)
    _record(f"course_run.late_filing_{state.value}", course_run, actor_id=actor_id, reason=answer)
    for manager_id in list_manager_ids(course_run.institution_id):
        send_notice(
            manager_id,
            kind=f"late_filing.{state.value}",
            params={"code": course_run.code, "day": course_run.starts_on, "answer": answer},
            link=f"/institution/course-runs/{course_run.code}",
        )
    return filing


def _record(event: str, course_run: CourseRun, *, actor_id: int | None, reason: str) -> None:
    record_event(
        event,
        subject_kind="course_run",
        subject_code=course_run.code,
        actor_id=actor_id,
        reason=reason or None,
    )
