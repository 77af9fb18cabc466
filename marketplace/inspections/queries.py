"""Reading visits, and the classes an inspector may visit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import Attendance, Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.inspections.models import (
    InspectionAnswer,
    InspectionDocument,
    InspectionObservation,
    InspectionSighting,
    InspectionVisit,
)
from marketplace.inspections.rules import DOCUMENTS_MAX, VisitSight
from marketplace.inspections.states import Observation, VisitKind, VisitState
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import Document

GONE = (EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)
VISITS_OF_RUN_MAX = 200
_HELD_PLACE = func.coalesce(CourseRun.jurisdiction_id, Institution.jurisdiction_id)
"""A class is supervised where it is held; one without a place, where its institution is."""


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit with its class, lesson and institution."""

    visit: InspectionVisit
    run_code: str
    title: str
    institution_name: str
    lesson: Lesson | None


@dataclass(frozen=True, slots=True)
class ClassView:
    """A class in an inspector's places."""

    run: CourseRun
    title: str
    institution_name: str


@dataclass(frozen=True, slots=True)
class LessonView:
    """A lesson that can be visited."""

    lesson: Lesson
    run: CourseRun
    title: str
    institution_name: str


@dataclass(frozen=True, slots=True)
class LearnerLine:
    """A learner on the roster of a visit, and what the sheet of the lesson says."""

    enrollment: Enrollment
    attendance: Attendance | None


@dataclass(frozen=True, slots=True)
class KeptPhoto:
    """A photo or document of a visit with its file."""

    entry: InspectionDocument
    document: Document


def find_class_in(code: str, paths: Sequence[str]) -> ClassView | None:
    """A class by its code, if it is held in these subtrees."""
    row = db.session.execute(
        _classes(CourseRun, CourseVersion.title, Institution.name).where(
            CourseRun.code == code, in_subtrees(paths)
        )
    ).one_or_none()
    return ClassView(*row) if row else None


def list_lessons_in(
    paths: Sequence[str], *, from_at: datetime, to_at: datetime
) -> list[LessonView]:
    """Lessons of a day in these subtrees, in order of time."""
    rows = db.session.execute(
        _classes(Lesson, CourseRun, CourseVersion.title, Institution.name)
        .join(Lesson, Lesson.course_run_id == CourseRun.id)
        .where(
            in_subtrees(paths),
            Lesson.starts_at >= from_at,
            Lesson.starts_at < to_at,
            CourseRun.state != CourseRunState.CANCELED,
        )
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(2_000)
    )
    return [LessonView(*row) for row in rows]


def _classes(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(CourseRun)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == _HELD_PLACE)
    )


def _views() -> Select[*tuple[Any, ...]]:
    return (
        _classes(InspectionVisit, CourseRun.code, CourseVersion.title, Institution.name, Lesson)
        .join(InspectionVisit, InspectionVisit.course_run_id == CourseRun.id)
        .outerjoin(Lesson, Lesson.id == InspectionVisit.lesson_id)
    )


def list_visits_in(
    paths: Sequence[str],
    page: PageRequest,
    *,
    state: VisitState | None = None,
    inspector_id: int | None = None,
) -> Page[VisitView]:
    """Visits in these subtrees: those to come by day, the others newest first."""
    wanted = _views().where(in_subtrees(paths))
    if state is not None:
        wanted = wanted.where(InspectionVisit.state == state)
    if inspector_id is not None:
        wanted = wanted.where(InspectionVisit.inspector_id == inspector_id)
    if state in (VisitState.PLANNED, VisitState.OPEN):
        return _page(wanted.order_by(InspectionVisit.planned_on, InspectionVisit.id), page)
    return _page(wanted.order_by(InspectionVisit.id.desc()), page)


def list_visits_of_run(course_run_id: int) -> Sequence[InspectionVisit]:
    """All visits to a class, newest first."""
    return db.session.scalars(
        select(InspectionVisit)
        .where(InspectionVisit.course_run_id == course_run_id)
        .order_by(InspectionVisit.id.desc())
        .limit(VISITS_OF_RUN_MAX)
    ).all()


def list_visits_of_institution(institution_id: int, page: PageRequest) -> Page[VisitView]:
    """What an institution may know: submitted visits, and announced ones; newest first."""
    wanted = _views().where(InspectionVisit.institution_id == institution_id, _is_known())
    return _page(wanted.order_by(InspectionVisit.id.desc()), page)


def list_visits_to_answer(institution_id: int, *, on: date) -> list[VisitView]:
    """Submitted visits an institution can still answer and has not answered, by deadline."""
    answered = (
        select(InspectionAnswer.id).where(InspectionAnswer.visit_id == InspectionVisit.id).exists()
    )
    rows = db.session.execute(
        _views()
        .where(
            InspectionVisit.institution_id == institution_id,
            InspectionVisit.state == VisitState.SUBMITTED,
            InspectionVisit.answer_due_on >= on,
            ~answered,
        )
        .order_by(InspectionVisit.answer_due_on, InspectionVisit.id)
        .limit(50)
    )
    return [VisitView(*row) for row in rows]


def find_visit_in(code: str, paths: Sequence[str]) -> VisitView | None:
    """One visit in these subtrees."""
    row = db.session.execute(
        _views().where(InspectionVisit.code == code, in_subtrees(paths))
    ).one_or_none()
    return VisitView(*row) if row else None


def find_visit_of_institution(code: str, institution_id: int) -> VisitView | None:
    """One visit, as far as the institution may know of it."""
    row = db.session.execute(
        _views().where(
            InspectionVisit.code == code,
            InspectionVisit.institution_id == institution_id,
            _is_known(),
        )
    ).one_or_none()
    return VisitView(*row) if row else None


def _is_known() -> Any:
    return or_(
        InspectionVisit.state == VisitState.SUBMITTED,
        InspectionVisit.kind == VisitKind.ANNOUNCED,
    )


def lock_visit(code: str) -> InspectionVisit:
    """One visit, ours until the end of the unit of work."""
    visit = db.session.scalar(
        select(InspectionVisit)
        .where(InspectionVisit.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if visit is None:
        raise NotFound("inspection_visit")
    return visit


def list_roster_of_lesson(course_run_id: int, lesson_id: int) -> list[LearnerLine]:
    """Who should be there, with what is recorded of the lesson so far."""
    rows = db.session.execute(
        select(Enrollment, Attendance)
        .outerjoin(
            Attendance,
            (Attendance.enrollment_id == Enrollment.id) & (Attendance.lesson_id == lesson_id),
        )
        .where(
            Enrollment.course_run_id == course_run_id,
            Enrollment.state.not_in((*GONE, EnrollmentState.WAITLISTED)),
        )
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX)
    )
    return [LearnerLine(*row) for row in rows]


def list_sightings(visit_id: int) -> Sequence[tuple[InspectionSighting, Enrollment]]:
    """Who was and was not seen at a visit, in the order of enrolling."""
    rows = db.session.execute(
        select(InspectionSighting, Enrollment)
        .join(Enrollment, Enrollment.id == InspectionSighting.enrollment_id)
        .where(InspectionSighting.visit_id == visit_id)
        .order_by(InspectionSighting.enrollment_id)
        .limit(RUN_SIZE_MAX)
    )
    return [(row[0], row[1]) for row in rows]


def list_observations(visit_id: int) -> list[Observation]:
    """What was observed, in the order of the list."""
    found = db.session.scalars(
        select(InspectionObservation.observation)
        .where(InspectionObservation.visit_id == visit_id)
        .order_by(InspectionObservation.id)
        .limit(len(Observation))
    )
    return sorted(found, key=list(Observation).index)


def list_documents_of_visit(visit_id: int) -> list[KeptPhoto]:
    """Photos and documents of a visit, in the order of taking them in."""
    rows = db.session.execute(
        select(InspectionDocument, Document)
        .join(Document, Document.id == InspectionDocument.document_id)
        .where(InspectionDocument.visit_id == visit_id)
        .order_by(InspectionDocument.id)
        .limit(DOCUMENTS_MAX)
    )
    return [KeptPhoto(*row) for row in rows]


def list_answers(visit_id: int) -> Sequence[InspectionAnswer]:
    """What the institution said to a visit, oldest first."""
    return db.session.scalars(
        select(InspectionAnswer)
        .where(InspectionAnswer.visit_id == visit_id)
        .order_by(InspectionAnswer.id)
        .limit(50)
    ).all()


def list_sights_of_run(course_run_id: int) -> tuple[VisitSight, ...]:
    """What inspectors saw of a class, submitted visits only."""
    visits = db.session.scalars(
        select(InspectionVisit)
        .where(
            InspectionVisit.course_run_id == course_run_id,
            InspectionVisit.state == VisitState.SUBMITTED,
        )
        .order_by(InspectionVisit.id)
        .limit(VISITS_OF_RUN_MAX)
    ).all()
    seen = _list_seen([visit.id for visit in visits])
    sights = []
    for visit in visits:
        # Checks of the table say so.
        assert visit.lesson_id is not None
        assert visit.begun_at is not None
        assert visit.submitted_at is not None
        assert visit.head_count is not None
        sights.append(
            VisitSight(
                visit_code=visit.code,
                inspector_id=visit.inspector_id,
                lesson_id=visit.lesson_id,
                head_count=visit.head_count,
                begun_at=visit.begun_at,
                submitted_at=visit.submitted_at,
                is_roll_call=visit.is_roll_call,
                seen=frozenset(seen.get(visit.id, ())),
            )
        )
    return tuple(sights)


def _list_seen(visit_ids: Collection[int]) -> dict[int, list[int]]:
    if not visit_ids:
        return {}
    found: dict[int, list[int]] = {}
    rows = db.session.execute(
        select(InspectionSighting.visit_id, InspectionSighting.enrollment_id)
        .where(InspectionSighting.visit_id.in_(visit_ids), InspectionSighting.is_seen)
        .order_by(InspectionSighting.id)
        .limit(RUN_SIZE_MAX * VISITS_OF_RUN_MAX)
    )
    for visit_id, enrollment_id in rows:
        found.setdefault(visit_id, []).append(enrollment_id)
    return found


def _page(wanted: Select[*tuple[Any, ...]], page: PageRequest) -> Page[VisitView]:
    counted = wanted.with_only_columns(InspectionVisit.id).order_by(None).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(wanted.offset(page.offset).limit(page.limit))
    return Page([VisitView(*row) for row in rows], total, page.number, page.limit)
