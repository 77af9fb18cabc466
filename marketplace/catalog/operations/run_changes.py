"""Rewriting a filed class. Learners are told by the room that knows them (enrollment)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from sqlalchemy import delete

from marketplace.audit.operations import record_event
from marketplace.catalog.models import CourseRun, CourseRunChange, Lesson
from marketplace.catalog.queries.course_policy import get_catalog_policy
from marketplace.catalog.queries.course_runs import list_lessons, lock_course_run
from marketplace.catalog.queries.courses import get_course, get_teaching_facts
from marketplace.catalog.queries.places import list_place_refusals
from marketplace.catalog.queries.run_changes import count_run_changes, get_run_as_filed
from marketplace.catalog.rules import CourseRunPlan, LessonPlan
from marketplace.catalog.run_rules import RunChangeFacts, refusals_for_run_change, run_changes
from marketplace.catalog.states import CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.text import tidy


def rewrite_course_run(
    course_run_id: int, *, plan: CourseRunPlan, reason: str, actor_id: int | None
) -> CourseRunChange | None:
    """Put another plan in the place of the filed one; the same plan changes nothing (none).

    Everything filing refuses is refused again. Once somebody is enrolled the first and last day
    stay, the places cover who is in, and a new place, time or teacher needs a reason. A lesson
    that has begun stays. To be called through `enrollment` (`change_course_run`), which tells the
    learners.
    """
    course_run = lock_course_run(course_run_id)
    before = get_run_as_filed(course_run)
    plan = replace(plan, lessons=_with_places(before.lessons, plan.lessons))
    if not (changes := run_changes(before, plan)):
        return None
    reason = tidy(reason)
    _refuse_change(course_run, before, plan, reason)
    _rewrite(course_run, plan)
    _rewrite_lessons(course_run_id, plan.lessons)
    change = CourseRunChange(
        course_run_id=course_run_id,
        number=count_run_changes(course_run_id) + 1,
        changes=changes,
        reason=reason or None,
        learners_told=0,
        made_by=actor_id,
        made_at=clock.now(),
    )
    db.session.add(change)
    db.session.flush()
    record_event(
        "course_run.changed",
        subject_kind="course_run",
        subject_code=course_run.code,
        actor_id=actor_id,
        reason=reason or None,
        details={"number": change.number, "changed": [one["what"] for one in changes]},
    )
    return change


def _refuse_change(
    course_run: CourseRun, before: CourseRunPlan, after: CourseRunPlan, reason: str
) -> None:
    teaching = get_teaching_facts(get_course(course_run.course_id), site_id=course_run.site_id)
    facts = RunChangeFacts(
        now=clock.now(),
        today=clock.today(),
        filed_on=clock.local_date(course_run.filed_at or course_run.created_at),
        state=course_run.state,
        before=before,
        after=after,
        teaching=teaching,
        seats_taken=course_run.seats_taken,
        reason=reason,
        filing_days_min=get_catalog_policy().filing_days_min,
    )
    refusals = refusals_for_run_change(facts) + list_place_refusals(
        course_run.institution_id,
        after.lessons,
        site_id=course_run.site_id,
        capacity=after.capacity,
        occupation_code=teaching.occupation_code,
        own_run_id=course_run.id,
    )
    if refusals:
        raise Refused(refusals)


def _with_places(
    before: Sequence[LessonPlan], after: Sequence[LessonPlan]
) -> tuple[LessonPlan, ...]:
    """A lesson keeps the registered room and trainer of its number while their names stay.

    A lesson of another name is held in no registered room, by no registered trainer.
    """
    return tuple(
        replace(
            lesson,
            room_id=old.room_id if old and old.room == lesson.room else lesson.room_id,
            trainer_id=old.trainer_id
            if old and old.teacher == lesson.teacher
            else lesson.trainer_id,
        )
        for old, lesson in zip_longest(before[: len(after)], after)
    )


def _rewrite(course_run: CourseRun, plan: CourseRunPlan) -> None:
    course_run.starts_on = plan.starts_on
    course_run.ends_on = plan.ends_on
    course_run.enrollment_opens_on = plan.enrollment_opens_on
    course_run.enrollment_closes_on = plan.enrollment_closes_on
    course_run.capacity = plan.capacity
    course_run.site = plan.site
    if course_run.state in (CourseRunState.OPEN, CourseRunState.FULL):
        is_full = course_run.seats_taken >= plan.capacity
        course_run.state = CourseRunState.FULL if is_full else CourseRunState.OPEN
    db.session.flush()


def _rewrite_lessons(course_run_id: int, plans: Sequence[LessonPlan]) -> None:
    """A lesson keeps its row and number, so that what hangs on it stays with it."""
    rows = list(list_lessons(course_run_id))
    for number, plan in enumerate(plans, start=1):
        if number > len(rows):
            lesson = Lesson(course_run_id=course_run_id, number=number)
            db.session.add(lesson)
        else:
            lesson = rows[number - 1]
        lesson.starts_at, lesson.ends_at = plan.starts_at, plan.ends_at
        lesson.room, lesson.teacher, lesson.topic = plan.room, plan.teacher, plan.topic
        lesson.room_id, lesson.trainer_id = plan.room_id, plan.trainer_id
    db.session.flush()
    db.session.execute(
        delete(Lesson).where(Lesson.course_run_id == course_run_id, Lesson.number > len(plans))
    )
