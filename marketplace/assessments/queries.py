"""Reading assessments, results that count, and who works for a body."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from marketplace.assessments.models import (
    Assessment,
    AssessmentChange,
    AssessmentResultRow,
    AssessorMember,
)
from marketplace.assessments.rules import refusals_against
from marketplace.assessments.states import AssessmentState, ChangeState, ResultKind
from marketplace.catalog.models import Course, CourseRun, CourseVersion
from marketplace.directories.models import AssessorVersion
from marketplace.directories.queries.all_directories import get_directory
from marketplace.directories.queries.listings import DirectoryQuery, list_directory
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.enrollment.states import AssessmentResult, EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User

GONE = (EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW, EnrollmentState.WAITLISTED)
BODIES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """An assessment with its class and institution."""

    assessment: Assessment
    run: CourseRun
    title: str
    institution_name: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A proposed change with its class and the learner it is about."""

    change: AssessmentChange
    assessment: Assessment
    enrollment: Enrollment
    run_code: str
    title: str
    institution_name: str


def find_body_of(user_id: int) -> int | None:
    """The body a login enters results for."""
    return db.session.scalar(
        select(AssessorMember.assessor_id).where(
            AssessorMember.user_id == user_id, AssessorMember.removed_at.is_(None)
        )
    )


def list_people_of_body(assessor_id: int) -> Sequence[tuple[AssessorMember, User]]:
    """Who enters results for a body now."""
    rows = db.session.execute(
        select(AssessorMember, User)
        .join(User, User.id == AssessorMember.user_id)
        .where(AssessorMember.assessor_id == assessor_id, AssessorMember.removed_at.is_(None))
        .order_by(AssessorMember.id)
        .limit(200)
    )
    return [(row[0], row[1]) for row in rows]


def name_of_body(assessor_id: int) -> str:
    """What the newest version of the register calls it."""
    name = db.session.scalar(
        select(AssessorVersion.name)
        .where(AssessorVersion.assessor_id == assessor_id)
        .order_by(AssessorVersion.number.desc())
        .limit(1)
    )
    return name or ""


def list_bodies_for(course_run_id: int, *, on: date) -> list[dict[str, Any]]:
    """Bodies of the directory that may assess the occupation and level of a class on a day."""
    occupation_id, level = db.session.execute(
        select(Course.occupation_id, Course.level)
        .join(CourseRun, CourseRun.course_id == Course.id)
        .where(CourseRun.id == course_run_id)
    ).one()
    _name, directory = get_directory("assessors")
    query = DirectoryQuery(on=on, occupation_id=occupation_id, level=level)
    return list(list_directory(directory, query, PageRequest(1, BODIES_SHOWN)).items)


def find_live_assessment(course_run_id: int) -> Assessment | None:
    """The body that was asked about a class, unless it was canceled."""
    return db.session.scalar(
        select(Assessment).where(
            Assessment.course_run_id == course_run_id,
            Assessment.state != AssessmentState.CANCELED,
        )
    )


def lock_assessment(code: str) -> Assessment:
    """One assessment, ours until the end of the unit of work."""
    found = db.session.scalar(
        select(Assessment)
        .where(Assessment.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("assessment")
    return found


def list_assessments_of_body(assessor_id: int, page: PageRequest) -> Page[AssessmentView]:
    """What a body is asked to assess and has assessed; what waits comes first."""
    wanted = _views().where(
        Assessment.assessor_id == assessor_id, Assessment.state != AssessmentState.CANCELED
    )
    counted = wanted.with_only_columns(Assessment.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(Assessment.state, Assessment.id.desc())
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([AssessmentView(*row) for row in rows], total, page.number, page.limit)


def find_assessment_of_body(code: str, assessor_id: int) -> AssessmentView | None:
    """One assessment for the people of its body."""
    row = db.session.execute(
        _views().where(
            Assessment.code == code,
            Assessment.assessor_id == assessor_id,
            Assessment.state != AssessmentState.CANCELED,
        )
    ).one_or_none()
    return AssessmentView(*row) if row else None


def list_learners_to_assess(course_run_id: int) -> Sequence[Enrollment]:
    """Who learns in the class, in the order of enrolling."""
    return db.session.scalars(
        select(Enrollment)
        .where(Enrollment.course_run_id == course_run_id, Enrollment.state.not_in(GONE))
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX)
    ).all()


def list_results_of(assessment_id: int) -> dict[int, AssessmentResultRow]:
    """The result that counts, by enrollment; void ones too."""
    rows = db.session.scalars(
        select(AssessmentResultRow)
        .where(AssessmentResultRow.assessment_id == assessment_id)
        .order_by(AssessmentResultRow.id)
        .limit(RUN_SIZE_MAX * 5)
    )
    return {row.enrollment_id: row for row in rows}


def list_independent_results(enrollment_ids: Collection[int]) -> dict[int, ResultKind]:
    """What another party than the trainer says about learners, as it counts now; void is left out.

    One statement for a whole class.
    """
    if not enrollment_ids:
        return {}
    rows = db.session.execute(
        select(AssessmentResultRow.enrollment_id, AssessmentResultRow.result)
        .where(AssessmentResultRow.enrollment_id.in_(enrollment_ids))
        .order_by(AssessmentResultRow.id)
        .limit(RUN_SIZE_MAX * 5)
    )
    newest = {enrollment_id: result for enrollment_id, result in rows}
    return {one: result for one, result in newest.items() if result is not ResultKind.VOID}


def list_refusals_of_body(
    course_run_id: int, wanted: Mapping[int, AssessmentResult]
) -> dict[int, tuple[Refusal, ...]]:
    """What the body asked about a class has against the results that staff want to record."""
    live = find_live_assessment(course_run_id)
    if live is None:
        return {}
    results = {one: row.result for one, row in list_results_of(live.id).items()}
    return refusals_against(live.state, results, wanted)


def count_results_of_body(assessor_id: int, *, since: date) -> tuple[int, int]:
    """How many a body passed and assessed since a day, each learner by the result that counts."""
    rows = db.session.execute(
        select(AssessmentResultRow.enrollment_id, AssessmentResultRow.result)
        .join(Assessment, Assessment.id == AssessmentResultRow.assessment_id)
        .where(Assessment.assessor_id == assessor_id, Assessment.assessed_on >= since)
        .order_by(AssessmentResultRow.id)
        .limit(1_000_000)
    )
    newest = {enrollment_id: result for enrollment_id, result in rows}
    counted = [result for result in newest.values() if result is not ResultKind.VOID]
    return sum(result is ResultKind.PASSED for result in counted), len(counted)


def find_open_result_change(assessment_id: int, enrollment_id: int) -> AssessmentChange | None:
    """The change of one result that waits for its decision."""
    return db.session.scalar(
        select(AssessmentChange).where(
            AssessmentChange.assessment_id == assessment_id,
            AssessmentChange.enrollment_id == enrollment_id,
            AssessmentChange.state == ChangeState.PROPOSED,
        )
    )


def list_changes_of(assessment_id: int) -> Sequence[AssessmentChange]:
    """Every change of an assessment, oldest first."""
    return db.session.scalars(
        select(AssessmentChange)
        .where(AssessmentChange.assessment_id == assessment_id)
        .order_by(AssessmentChange.id)
        .limit(RUN_SIZE_MAX)
    ).all()


def list_changes_in(paths: Sequence[str], page: PageRequest) -> Page[ChangeView]:
    """Changes that wait for officers of these subtrees, oldest first."""
    wanted = _changes().where(AssessmentChange.state == ChangeState.PROPOSED, in_subtrees(paths))
    counted = wanted.with_only_columns(AssessmentChange.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(AssessmentChange.id).offset(page.offset).limit(page.limit)
    )
    return Page([ChangeView(*row) for row in rows], total, page.number, page.limit)


def find_change_in(code: str, paths: Sequence[str]) -> ChangeView | None:
    """One change for officers of these subtrees."""
    row = db.session.execute(
        _changes().where(AssessmentChange.code == code, in_subtrees(paths))
    ).one_or_none()
    return ChangeView(*row) if row else None


def lock_result_change(code: str) -> AssessmentChange:
    """One change, ours until the end of the unit of work."""
    found = db.session.scalar(
        select(AssessmentChange)
        .where(AssessmentChange.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("assessment_change")
    return found


def find_uscc_of_body(assessor_id: int) -> str | None:
    """The credit code the body stands in the register with today."""
    return db.session.scalar(
        select(AssessorVersion.uscc)
        .where(
            AssessorVersion.assessor_id == assessor_id,
            AssessorVersion.effective_on <= clock.today(),
        )
        .order_by(AssessorVersion.number.desc())
        .limit(1)
    )


def _views() -> Select[*tuple[Any, ...]]:
    return (
        select(Assessment, CourseRun, CourseVersion.title, Institution.name)
        .join(CourseRun, CourseRun.id == Assessment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == Assessment.institution_id)
    )


def _changes() -> Select[*tuple[Any, ...]]:
    return (
        select(
            AssessmentChange,
            Assessment,
            Enrollment,
            CourseRun.code,
            CourseVersion.title,
            Institution.name,
        )
        .join(Assessment, Assessment.id == AssessmentChange.assessment_id)
        .join(Enrollment, Enrollment.id == AssessmentChange.enrollment_id)
        .join(CourseRun, CourseRun.id == Assessment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == Assessment.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
    )
