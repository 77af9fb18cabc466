"""The rows behind a course's history, and listing again what had left the list."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.audit.operations import record_event
from marketplace.catalog.models import Course, CourseDecision, CourseVersion
from marketplace.catalog.offer_warnings import OfferWarning, warning_to_json
from marketplace.catalog.operations.search_index import index_courses
from marketplace.catalog.queries.course_history import find_last_course_decision
from marketplace.catalog.queries.courses import (
    get_course_version,
    get_teaching_facts,
    lock_course,
)
from marketplace.catalog.rules import COURSE_STATE_WORDS, refusals_for_institution
from marketplace.catalog.states import CourseDecisionKind, CourseSide, CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy


def record_course_decision(
    course: Course,
    version: CourseVersion,
    *,
    kind: CourseDecisionKind,
    side: CourseSide,
    actor_id: int | None,
    reason: str | None = None,
    warnings_seen: Sequence[OfferWarning] = (),
) -> CourseDecision:
    """Add one row to a course's history and one to the trail; used by every act about a course."""
    decision = CourseDecision(
        course_id=course.id,
        course_version_id=version.id,
        kind=kind,
        side=side,
        reason=reason,
        warnings=[warning_to_json(warning) for warning in warnings_seen],
        effective_on=clock.today(),
        made_by=actor_id,
        made_at=clock.now(),
    )
    db.session.add(decision)
    db.session.flush()
    details: dict[str, object] = {"version": version.number, "side": side.value}
    if warnings_seen:
        details["warnings_seen"] = [warning.code for warning in warnings_seen]
    record_event(
        f"course.{kind.value}",
        subject_kind="course",
        subject_code=course.code,
        actor_id=actor_id,
        reason=reason,
        details=details,
    )
    return decision


def relist_course(course_id: int, *, reason: str, actor_id: int | None, side: CourseSide) -> Course:
    """Put a delisted course back into the list as it was listed; no new version, no new review.

    The institution may take back its own delisting only: what the office or the source of an
    import took out, the office lists again. Refuses without a reason, while the course is held
    back, and while the institution is out of standing.
    """
    course = lock_course(course_id)
    if course.state is CourseState.LISTED:
        return course
    reason = tidy(reason)
    if refusals := _refusals_for_relisting(course, reason, side):
        raise Refused(refusals)
    course.state = CourseState.LISTED
    course.listed_on = clock.today()
    course.changed_at = clock.now()
    db.session.flush()
    index_courses([course.id])
    record_course_decision(
        course,
        get_course_version(course.current_version_id),
        kind=CourseDecisionKind.RELISTED,
        side=side,
        actor_id=actor_id,
        reason=reason,
    )
    return course


def _refusals_for_relisting(course: Course, reason: str, side: CourseSide) -> tuple[Refusal, ...]:
    refusals: list[Refusal] = []
    if course.state is not CourseState.DELISTED:
        words = COURSE_STATE_WORDS[course.state]
        refusals.append(Refusal("course_state_forbids", {"state": words}))
    facts = get_teaching_facts(course)
    refusals += refusals_for_institution(facts.institution_state)
    if facts.quarantined:
        refusals.append(Refusal("course_quarantined"))
    last = find_last_course_decision(course.id)
    if side is CourseSide.INSTITUTION and not refusals:
        if last is None or last.kind is not CourseDecisionKind.DELISTED:
            refusals.append(Refusal("course_delisted_by_source"))
        elif last.side is CourseSide.OFFICE:
            refusals.append(Refusal("course_delisted_by_office"))
    if not reason:
        refusals.append(Refusal("reason_missing", field="reason"))
    return tuple(refusals)
