"""What of filed classes was changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from marketplace.catalog.models import CourseRun, CourseRunChange
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.catalog.rules import CourseRunPlan, LessonPlan
from marketplace.foundation import clock
from marketplace.foundation.db import db


def list_run_changes(course_run_id: int) -> Sequence[CourseRunChange]:
    """Every change of a class since it was filed, newest first."""
    return db.session.scalars(
        select(CourseRunChange)
        .where(CourseRunChange.course_run_id == course_run_id)
        .order_by(CourseRunChange.number.desc())
        .limit(200)
    ).all()


def count_run_changes(course_run_id: int) -> int:
    """How often a class was changed; calendar programs take the newest."""
    return (
        db.session.scalar(
            select(func.count()).where(CourseRunChange.course_run_id == course_run_id)
        )
        or 0
    )


def get_run_as_filed(course_run: CourseRun) -> CourseRunPlan:
    """The class as it stands, as the rules of filing read it."""
    zone = clock.zone()
    return CourseRunPlan(
        starts_on=course_run.starts_on,
        ends_on=course_run.ends_on,
        enrollment_opens_on=course_run.enrollment_opens_on,
        enrollment_closes_on=course_run.enrollment_closes_on,
        capacity=course_run.capacity,
        site=course_run.site,
        lessons=tuple(
            LessonPlan(
                starts_at=lesson.starts_at.astimezone(zone),
                ends_at=lesson.ends_at.astimezone(zone),
                starts_on=clock.local_date(lesson.starts_at),
                ends_on=clock.local_date(lesson.ends_at),
                room=lesson.room,
                teacher=lesson.teacher,
                topic=lesson.topic,
                room_id=lesson.room_id,
                trainer_id=lesson.trainer_id,
            )
            for lesson in list_lessons(course_run.id)
        ),
    )
