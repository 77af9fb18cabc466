"""The life of a course: drafted, submitted, reviewed, listed, revised, delisted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from marketplace.audit.operations import record_event
from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.offer_warnings import OfferWarning
from marketplace.catalog.operations.course_decisions import record_course_decision
from marketplace.catalog.operations.search_index import index_courses
from marketplace.catalog.queries.courses import (
    get_course_version,
    get_latest_version,
    get_next_version_number,
    get_teaching_facts,
    lock_course,
)
from marketplace.catalog.queries.occupations import get_occupation
from marketplace.catalog.rules import (
    COURSE_STATE_WORDS,
    CourseContent,
    refusals_for_course_content,
    refusals_for_course_move,
    refusals_for_institution,
)
from marketplace.catalog.states import CourseDecisionKind, CourseSide, CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import get_institution


def draft_course(
    institution_id: int,
    *,
    content: CourseContent,
    occupation_id: int | None,
    level: int | None,
    actor_id: int | None,
    source: str = "own",
    source_key: str | None = None,
) -> Course:
    """Begin a course; nobody but the institution sees it before it is listed.

    Refuses texts that are missing or too long, hours and fees out of range, fee parts that do
    not add up, and an institution that is barred or withdrawn.
    """
    content = _tidied(content)
    refusals = refusals_for_course_content(content, level)
    refusals += refusals_for_institution(get_institution(institution_id).state)
    if refusals:
        raise Refused(refusals)
    if occupation_id is not None:
        get_occupation(occupation_id)

    code = new_code("C")
    course = Course(
        code=code,
        institution_id=institution_id,
        source=source,
        source_key=source_key or code,
        state=CourseState.DRAFT,
        occupation_id=occupation_id,
        level=level,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    db.session.add(course)
    db.session.flush()
    course.current_version_id = _add_version(course, content, number=1, actor_id=actor_id).id
    db.session.flush()
    _record("course.drafted", course, actor_id=actor_id)
    return course


def revise_course(
    course_id: int,
    *,
    content: CourseContent,
    based_on: int,
    actor_id: int | None,
) -> CourseVersion:
    """Say something else from now on: a new version; the earlier ones stay as they were.

    A course that is or was listed keeps its listed text until the revision is listed. `based_on`
    is the number of the version the editor saw: refuses `stale_state` when someone else revised
    it since. The same content again changes nothing.
    """
    course = lock_course(course_id)
    latest = get_latest_version(course)
    content = _tidied(content)
    if latest.content_sha256 == content.sha256:
        return latest
    refusals = refusals_for_course_content(content, course.level)
    if course.state == CourseState.SUBMITTED:
        words = COURSE_STATE_WORDS[course.state]
        refusals += (Refusal("course_state_forbids", {"state": words}),)
    if latest.number != based_on:
        refusals += (Refusal("stale_state"),)
    if refusals:
        raise Refused(refusals)

    number = get_next_version_number(course_id)
    version = _add_version(course, content, number=number, actor_id=actor_id)
    course.changed_at = clock.now()
    if course.state not in (CourseState.LISTED, CourseState.DELISTED):
        course.current_version_id = version.id
        db.session.flush()
        _record("course.revised", course, actor_id=actor_id, version=version.number)
        return version
    course.proposed_version_id = version.id
    course.return_reason = None
    db.session.flush()
    _record("course.revised", course, actor_id=actor_id, version=version.number)
    record_course_decision(
        course,
        version,
        kind=CourseDecisionKind.SUBMITTED,
        side=CourseSide.INSTITUTION,
        actor_id=actor_id,
    )
    return version


def submit_course(course_id: int, *, actor_id: int | None) -> Course:
    """Ask for the course to be listed (目录清单管理)."""
    course = lock_course(course_id)
    if course.state == CourseState.SUBMITTED:
        return course
    refusals = refusals_for_course_move(course.state, CourseState.SUBMITTED)
    refusals += refusals_for_institution(get_institution(course.institution_id).state)
    if refusals:
        raise Refused(refusals)
    course.state = CourseState.SUBMITTED
    course.return_reason = None
    course.changed_at = clock.now()
    db.session.flush()
    record_course_decision(
        course,
        get_course_version(course.current_version_id),
        kind=CourseDecisionKind.SUBMITTED,
        side=CourseSide.INSTITUTION,
        actor_id=actor_id,
    )
    return course


def list_course(
    course_id: int, *, actor_id: int | None, warnings_seen: Sequence[OfferWarning] = ()
) -> Course:
    """Make a reviewed course, or the revision of a listed one, public and findable.

    `warnings_seen` are the price and copy warnings the officer decided in view of; they are kept
    with the decision and never block it. Refuses a course that was not submitted, an institution
    not in good standing, a course that is held back, and the signature of the person who wrote
    the version.
    """
    course = lock_course(course_id)
    if course.state == CourseState.LISTED and course.proposed_version_id is None:
        return course
    version = get_latest_version(course)
    if refusals := _refusals_for_listing(course, version, actor_id):
        raise Refused(refusals)

    # A version is in force from the day it is listed; until then nobody could rely on it.
    version.valid_from = clock.today()
    course.current_version_id = version.id
    course.proposed_version_id = None
    course.return_reason = None
    course.state = CourseState.LISTED
    course.listed_on = clock.today()
    course.changed_at = clock.now()
    db.session.flush()
    index_courses([course.id])
    record_course_decision(
        course,
        version,
        kind=CourseDecisionKind.LISTED,
        side=CourseSide.OFFICE,
        actor_id=actor_id,
        warnings_seen=warnings_seen,
    )
    return course


def return_course(
    course_id: int,
    *,
    reason: str,
    actor_id: int | None,
    warnings_seen: Sequence[OfferWarning] = (),
) -> Course:
    """Send a submitted course, or the revision of a listed one, back with the reasons."""
    course = lock_course(course_id)
    reason = tidy(reason)
    version = get_latest_version(course)
    is_revision = course.proposed_version_id is not None
    refusals: tuple[Refusal, ...] = ()
    if not is_revision:
        refusals += refusals_for_course_move(course.state, CourseState.RETURNED)
    if not reason:
        refusals += (Refusal("reason_missing", field="reason"),)
    if refusals:
        raise Refused(refusals)
    if is_revision:
        course.proposed_version_id = None
    else:
        course.state = CourseState.RETURNED
    course.return_reason = reason
    course.changed_at = clock.now()
    db.session.flush()
    record_course_decision(
        course,
        version,
        kind=CourseDecisionKind.RETURNED,
        side=CourseSide.OFFICE,
        actor_id=actor_id,
        reason=reason,
        warnings_seen=warnings_seen,
    )
    return course


def delist_course(
    course_id: int,
    *,
    reason: str,
    actor_id: int | None,
    side: CourseSide = CourseSide.INSTITUTION,
) -> Course:
    """Take a course out of the public catalog; who is enrolled stays enrolled.

    What the office takes out, only the office lists again. A revision that waited goes with it.
    """
    course = lock_course(course_id)
    if course.state == CourseState.DELISTED:
        return course
    reason = tidy(reason)
    refusals = refusals_for_course_move(course.state, CourseState.DELISTED)
    if not reason:
        refusals += (Refusal("reason_missing", field="reason"),)
    if refusals:
        raise Refused(refusals)
    course.state = CourseState.DELISTED
    course.proposed_version_id = None
    course.changed_at = clock.now()
    db.session.flush()
    index_courses([course.id])
    record_course_decision(
        course,
        get_course_version(course.current_version_id),
        kind=CourseDecisionKind.DELISTED,
        side=side,
        actor_id=actor_id,
        reason=reason,
    )
    return course


def _refusals_for_listing(
    course: Course, version: CourseVersion, actor_id: int | None
) -> tuple[Refusal, ...]:
    refusals: tuple[Refusal, ...] = ()
    if course.state == CourseState.DELISTED and course.proposed_version_id is None:
        refusals += refusals_for_course_move(CourseState.DELISTED, CourseState.SUBMITTED)
    elif course.state != CourseState.LISTED:
        refusals += refusals_for_course_move(course.state, CourseState.LISTED)
    facts = get_teaching_facts(course)
    refusals += refusals_for_institution(facts.institution_state)
    if facts.quarantined:
        refusals += (Refusal("course_quarantined"),)
    if actor_id is not None and version.created_by == actor_id:
        refusals += (Refusal("same_person"),)
    return refusals


def _tidied(content: CourseContent) -> CourseContent:
    return replace(
        content,
        title=tidy(content.title),
        description=content.description.strip(),
        certificate=tidy(content.certificate or "") or None,
        prerequisites=(content.prerequisites or "").strip() or None,
    )


def _add_version(
    course: Course, content: CourseContent, *, number: int, actor_id: int | None
) -> CourseVersion:
    version = CourseVersion(
        **asdict(content),
        course_id=course.id,
        number=number,
        content_sha256=content.sha256,
        valid_from=clock.today(),
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()
    return version


def _record(
    event: str, course: Course, *, actor_id: int | None, version: int | None = None
) -> None:
    record_event(
        event,
        subject_kind="course",
        subject_code=course.code,
        actor_id=actor_id,
        details={} if version is None else {"version": version},
    )
