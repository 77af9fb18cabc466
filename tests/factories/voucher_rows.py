"""Workers and course runs as plain rows, for tests that are about vouchers only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Occupation
from marketplace.catalog.states import CourseMode, CourseRunState, CourseState
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.institutions.models import Accreditation, Institution
from marketplace.institutions.states import AccreditationState, InstitutionState
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.states import CategoryFactState, EvidenceKind, Sex, WorkerCategory
from tests.factories.funds import make_county
from tests.factories.rows import make_row


def make_person(**values: Any) -> Worker:
    """A woman of 36 who lives in a county of the city."""
    given = {
        "name": "李小花",
        "born_on": date(1990, 5, 17),
        "sex": Sex.FEMALE,
        "residence_id": make_county().id,
        **values,
    }
    return make_row(Worker, **given)


def make_category(
    worker: Worker,
    category: WorkerCategory = WorkerCategory.RURAL_MIGRANT,
    *,
    valid_from: date = date(2020, 1, 1),
    valid_until: date | None = None,
    state: CategoryFactState = CategoryFactState.VERIFIED,
) -> CategoryFact:
    """A category fact, verified unless told."""
    return make_row(
        CategoryFact,
        worker_id=worker.id,
        category=category,
        evidence_kind=EvidenceKind.DOCUMENT,
        state=state,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def make_run(
    *,
    fee_fen: int = 120_000,
    hours: int | None = 80,
    level: int | None = 5,
    occupation: Occupation | None = None,
    starts_on: date | None = None,
    state: CourseRunState = CourseRunState.OPEN,
) -> CourseRun:
    """A course run that takes enrollments today."""
    starts_on = starts_on or clock.today() + timedelta(days=7)
    institution = make_row(Institution, state=InstitutionState.ACCREDITED)
    make_row(
        Accreditation,
        institution_id=institution.id,
        state=AccreditationState.GRANTED,
        valid_from=date(2020, 1, 1),
    )
    occupation = occupation or make_row(Occupation)
    course = make_row(
        Course,
        institution_id=institution.id,
        state=CourseState.LISTED,
        occupation_id=occupation.id,
        level=level,
    )
    version = make_row(
        CourseVersion,
        course_id=course.id,
        title="低压电工",
        hours=hours,
        fee_fen=fee_fen,
        currency="CNY",
        mode=CourseMode.ONSITE,
    )
    course.current_version_id = version.id
    run = make_row(
        CourseRun,
        course_id=course.id,
        course_version_id=version.id,
        institution_id=institution.id,
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=10),
        enrollment_opens_on=clock.today() - timedelta(days=7),
        enrollment_closes_on=starts_on,
        capacity=20,
        seats_taken=0,
        state=state,
    )
    db.session.flush()
    return run


def make_training(
    worker: Worker, run: CourseRun, state: EnrollmentState = EnrollmentState.TRAINING
) -> Enrollment:
    """That a worker learns in a course run."""
    return make_row(Enrollment, worker_id=worker.id, course_run_id=run.id, state=state)
