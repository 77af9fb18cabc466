"""What an inspector saw yesterday, and where the inspector goes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.catalog.states import CourseRunState
from marketplace.demo.cast import Cast
from marketplace.demo.history import at
from marketplace.evidence.operations.check import submit_visit_and_check
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.inspections.operations import plan_visit, visit_now
from marketplace.inspections.queries import list_roster_of_lesson
from marketplace.inspections.states import Observation, VisitKind

COMMENT = "点名时一名学员不在教室，同班学员称其当天未到。实训设备完好，教师与备案一致。"


def make_inspections(cast: Cast, *, today: date) -> None:
    """A submitted visit at which somebody was missing, and one planned for the next days."""
    inspector_id = cast.users["inspector"]
    running = _running(cast)
    if running:
        _visit_yesterday(running[-1], inspector_id, today=today)
    for run in running[:1]:
        days = [clock.local_date(lesson.starts_at) for lesson in list_lessons(run.id)]
        coming = [day for day in days if day >= today]
        if coming:
            with write_transaction():
                plan_visit(
                    run.id,
                    kind=VisitKind.UNANNOUNCED,
                    planned_on=coming[0],
                    inspector_id=inspector_id,
                )


def _running(cast: Cast) -> Sequence[CourseRun]:
    wanted = [school.institution_id for school in cast.schools]
    return db.session.scalars(
        select(CourseRun)
        .where(CourseRun.state == CourseRunState.RUNNING, CourseRun.institution_id.in_(wanted))
        .order_by(CourseRun.id)
        .limit(20)
    ).all()


def _visit_yesterday(run: CourseRun, inspector_id: int, *, today: date) -> None:
    """Everybody but the last of those signed in was there."""
    yesterday = today - timedelta(days=1)
    lessons = list_lessons(run.id)
    lesson = next((one for one in lessons if clock.local_date(one.starts_at) == yesterday), None)
    if lesson is None:
        return
    with at(yesterday, 10), write_transaction():
        visit = visit_now(lesson.id, course_run_id=run.id, inspector_id=inspector_id)
        code = visit.code
    signed = [
        line.enrollment.id
        for line in list_roster_of_lesson(run.id, lesson.id)
        if line.attendance is not None and line.attendance.state == "present"
    ]
    with at(yesterday, 11), write_transaction():
        submit_visit_and_check(
            code,
            head_count=max(0, len(signed) - 1),
            seen=signed[:-1],
            observations=[Observation.SIGNED_FOR_OTHERS, Observation.GOOD_PRACTICE],
            comment=COMMENT,
            actor_id=inspector_id,
        )
