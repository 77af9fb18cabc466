"""What imports held back: an administrator releases it with a reason, or keeps it out."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.operations.search_index import index_course, index_courses_of_institutions
from marketplace.catalog.queries.courses import lock_course
from marketplace.catalog.sources.facts import NOT_APPROVED
from marketplace.catalog.states import CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy
from marketplace.imports import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import is_accredited, lock_institution


def release_course(course_id: int, *, reason: str, actor_id: int | None) -> Course:
    """The doubtful course is right as it is: listed, if its institution may teach.

    Refuses without a reason, and when nothing is held back any more.
    """
    course = lock_course(course_id)
    _refuse(course.quarantine_reason, reason)
    version = db.session.get(CourseVersion, course.current_version_id)
    assert version is not None
    held = course.quarantine_reason
    course.quarantine_reason = None
    if NOT_APPROVED not in (held or "") and _may_be_listed(course):
        course.state = CourseState.LISTED
        course.listed_on = clock.today()
    course.changed_at = clock.now()
    db.session.flush()
    index_course(course.id)
    record_event(
        "course.released",
        subject_kind="course",
        subject_code=course.code,
        actor_id=actor_id,
        reason=tidy(reason),
        details={"held": held, "fee_fen": version.fee_fen},
    )
    return course


def keep_course_out(course_id: int, *, reason: str, actor_id: int | None) -> Course:
    """The course stays held back; the work list no longer asks. Refuses without a reason."""
    course = lock_course(course_id)
    _refuse(course.quarantine_reason, reason)
    record_event(
        "course.kept_out",
        subject_kind="course",
        subject_code=course.code,
        actor_id=actor_id,
        reason=tidy(reason),
        details={"held": course.quarantine_reason},
    )
    return course


def release_institution(institution_id: int, *, reason: str, actor_id: int | None) -> Institution:
    """The doubtful institution is right as it is; its courses follow with the next list.

    Refuses without a reason, and when nothing is held back any more.
    """
    institution = lock_institution(institution_id)
    _refuse(institution.quarantine_reason, reason)
    held = institution.quarantine_reason
    institution.quarantine_reason = None
    institution.changed_at = clock.now()
    db.session.flush()
    index_courses_of_institutions([institution.id])
    record_event(
        "institution.released",
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        reason=tidy(reason),
        details={"held": held},
    )
    return institution


def keep_institution_out(institution_id: int, *, reason: str, actor_id: int | None) -> Institution:
    """The institution stays held back; the work list no longer asks."""
    institution = lock_institution(institution_id)
    _refuse(institution.quarantine_reason, reason)
    record_event(
        "institution.kept_out",
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        reason=tidy(reason),
        details={"held": institution.quarantine_reason},
    )
    return institution


def _refuse(quarantine_reason: str | None, reason: str) -> None:
    reasons = []
    if not quarantine_reason:
        reasons.append(Refusal("quarantine_decided"))
    if not tidy(reason):
        reasons.append(Refusal("reason_missing", field="reason"))
    if reasons:
        raise Refused(reasons)


def _may_be_listed(course: Course) -> bool:
    """Withdrawn by its source only for the doubt: the institution may teach it today."""
    institution = db.session.get(Institution, course.institution_id)
    assert institution is not None
    return institution.quarantine_reason is None and is_accredited(
        institution.id, occupation_code=None, level=None, on=clock.today()
    )
