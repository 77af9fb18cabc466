"""Visits of inspectors. Use in write_transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from marketplace.catalog.models import CourseRun, Lesson
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.foundation import clock
from marketplace.inspections.models import InspectionVisit
from marketplace.inspections.operations import attach_visit_document, submit_visit, visit_now
from marketplace.inspections.queries import list_documents_of_visit
from marketplace.inspections.states import Observation
from marketplace.people.models import User
from marketplace.people.states import Role
from tests.factories.people import PNG, make_officer


def make_inspector(place: object = None) -> User:
    """An inspector of a place; of the test province, unless told."""
    return make_officer(place, role=Role.INSPECTOR)


def make_open_visit(run: CourseRun, inspector: User, *, lesson: Lesson | None = None):
    """An inspector in the door, a quarter of an hour after the lesson began."""
    lesson = lesson or list_lessons(run.id)[0]
    with clock.frozen(lesson.starts_at + timedelta(minutes=15)):
        return visit_now(lesson.id, course_run_id=run.id, inspector_id=inspector.id)


def make_submitted_visit(
    run: CourseRun,
    inspector: User,
    *,
    heads: int,
    seen: Collection[int] = (),
    lesson: Lesson | None = None,
) -> tuple[InspectionVisit, str]:
    """A visit with a photo, submitted an hour after the lesson began; and the photo's code."""
    lesson = lesson or list_lessons(run.id)[0]
    visit = make_open_visit(run, inspector, lesson=lesson)
    with clock.frozen(lesson.starts_at + timedelta(hours=1)):
        attach_visit_document(visit.code, file_name="照片.png", content=PNG, actor_id=inspector.id)
        submit_visit(
            visit.code,
            head_count=heads,
            seen=seen,
            observations=[Observation.EQUIPMENT],
            comment="",
            actor_id=inspector.id,
        )
    return visit, list_documents_of_visit(visit.id)[0].document.code
