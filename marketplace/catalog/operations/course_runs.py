"""The life of a course run, and its seats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, insert, inspect, literal, select, update

from marketplace.audit.operations import record_event
from marketplace.catalog.models import Course, CourseRun, Lesson
from marketplace.catalog.operations.late_filings import (
    ask_for_late_filing,
    list_late_filing_refusals,
    list_refusals_for_opening_late,
)
from marketplace.catalog.queries.course_runs import lock_course_run
from marketplace.catalog.queries.courses import get_course, get_teaching_facts, lock_course
from marketplace.catalog.queries.places import list_place_refusals
from marketplace.catalog.rules import (
    COURSE_RUN_STATE_WORDS,
    CourseRunPlan,
    LessonPlan,
    refusals_for_course_run_move,
    refusals_for_filing,
    refusals_for_opening,
)
from marketplace.catalog.states import COURSE_RUN_TRANSITIONS, CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import get_institution


class LessonTimes(NamedTuple):
    """One lesson as an institution files it; instants carry their zone."""

    starts_at: datetime
    ends_at: datetime
    room: str | None = None
    teacher: str | None = None
    topic: str | None = None
    room_id: int | None = None
    trainer_id: int | None = None
    """From the institution's registers of rooms and trainers: checked for double booking."""


def file_course_run(
    course_id: int,
    *,
    starts_on: date,
    ends_on: date,
    enrollment_opens_on: date,
    enrollment_closes_on: date,
    capacity: int,
    site: str,
    jurisdiction_id: int | None,
    lessons: Iterable[LessonTimes],
    actor_id: int | None,
    site_id: int | None = None,
    late_reason: str = "",
) -> CourseRun:
    """File a course run before it starts (开班备案); it keeps the version filed on.

    Refuses with every reason at once: dates, window, capacity, lessons; a course that is not
    listed; an accreditation that does not cover it; a room or trainer that is elsewhere then;
    a late filing without `late_reason` (with one it waits for an officer's consent).
    """
    course = lock_course(course_id)
    plans = tuple(map(plan_of_lesson, lessons))
    days = (starts_on, ends_on, enrollment_opens_on, enrollment_closes_on)
    plan = CourseRunPlan(*days, capacity, tidy(site), plans)
    _refuse_filing(course, plan, site_id=site_id, late_reason=late_reason)
    course_run = CourseRun(
        code=new_code("CR"),
        course_id=course_id,
        course_version_id=course.current_version_id,
        institution_id=course.institution_id,
        jurisdiction_id=jurisdiction_id or get_institution(course.institution_id).jurisdiction_id,
        site=plan.site,
        site_id=site_id,
        starts_on=starts_on,
        ends_on=ends_on,
        enrollment_opens_on=enrollment_opens_on,
        enrollment_closes_on=enrollment_closes_on,
        capacity=capacity,
        state=CourseRunState.FILED,
        filed_by=actor_id,
        filed_at=clock.now(),
        created_at=clock.now(),
    )
    db.session.add(course_run)
    db.session.flush()
    _add_lessons(course_run.id, plans)
    _record("course_run.filed", course_run, actor_id=actor_id)
    ask_for_late_filing(course_run, reason=late_reason, actor_id=actor_id)
    return course_run


def open_course_run(course_run_id: int, *, actor_id: int | None) -> CourseRun:
    """Let learners enroll. Course, institution and accreditation are asked about again."""
    course_run = lock_course_run(course_run_id)
    if course_run.state in (CourseRunState.OPEN, CourseRunState.FULL):
        return course_run
    refusals = refusals_for_opening(
        course_run.state,
        get_teaching_facts(get_course(course_run.course_id), site_id=course_run.site_id),
        starts_on=course_run.starts_on,
        ends_on=course_run.ends_on,
        enrollment_closes_on=course_run.enrollment_closes_on,
        today=clock.today(),
    )
    refusals += list_refusals_for_opening_late(course_run_id)
    if refusals:
        raise Refused(refusals)
    return _move(course_run, CourseRunState.OPEN, "course_run.opened", actor_id=actor_id)


def start_course_run(course_run_id: int, *, actor_id: int | None) -> CourseRun:
    """The first day has come: enrollment ends, lessons are held."""
    course_run = lock_course_run(course_run_id)
    if course_run.state == CourseRunState.RUNNING:
        return course_run
    refusals = refusals_for_course_run_move(course_run.state, CourseRunState.RUNNING)
    if clock.today() < course_run.starts_on:
        refusals += (Refusal("course_run_not_begun", {"day": course_run.starts_on}),)
    if refusals:
        raise Refused(refusals)
    return _move(course_run, CourseRunState.RUNNING, "course_run.started", actor_id=actor_id)


def finish_course_run(course_run_id: int, *, actor_id: int | None) -> CourseRun:
    """The last day has come: results may be recorded and claimed."""
    course_run = lock_course_run(course_run_id)
    if course_run.state in (CourseRunState.FINISHED, CourseRunState.CLAIMED):
        return course_run
    refusals = refusals_for_course_run_move(course_run.state, CourseRunState.FINISHED)
    if clock.today() < course_run.ends_on:
        refusals += (Refusal("course_run_not_over", {"day": course_run.ends_on}),)
    if refusals:
        raise Refused(refusals)
    return _move(course_run, CourseRunState.FINISHED, "course_run.finished", actor_id=actor_id)


def mark_course_run_claimed(course_run: CourseRun, *, actor_id: int | None) -> None:
    """Its first claim is submitted. A canceled class, of which something was redeemed before, stays
    canceled; later claims of the same class change nothing."""
    if course_run.state == CourseRunState.FINISHED:
        _move(course_run, CourseRunState.CLAIMED, "course_run.claimed", actor_id=actor_id)


def cancel_course_run(course_run_id: int, *, reason: str, actor_id: int | None) -> CourseRun:
    """Call a course run off.

    Refuses while places are taken: who enrolled is released first, by the room that knows their
    vouchers, in the same unit of work.
    """
    course_run = lock_course_run(course_run_id)
    if course_run.state == CourseRunState.CANCELED:
        return course_run
    reason = tidy(reason)
    refusals = refusals_for_course_run_move(course_run.state, CourseRunState.CANCELED)
    if not reason:
        refusals += (Refusal("reason_missing", field="reason"),)
    if course_run.seats_taken:
        refusals += (Refusal("course_run_has_learners", {"count": course_run.seats_taken}),)
    if refusals:
        raise Refused(refusals)
    course_run.cancel_reason = reason
    return _move(
        course_run, CourseRunState.CANCELED, "course_run.canceled", actor_id=actor_id, reason=reason
    )


def take_seat(course_run_id: int) -> None:
    """Take one place, or refuse `course_run_full` / `course_run_not_open`.

    One conditional statement: two takers of the last place cannot both succeed, on either
    database, and the last place turns the course run from open to full.
    """
    taken = CourseRun.seats_taken + 1
    done = db.session.execute(
        update(CourseRun)
        .where(
            CourseRun.id == course_run_id,
            CourseRun.state == CourseRunState.OPEN,
            CourseRun.seats_taken < CourseRun.capacity,
        )
        .values(
            seats_taken=taken,
            state=case(
                (taken >= CourseRun.capacity, _state(CourseRunState.FULL)), else_=CourseRun.state
            ),
        )
        .execution_options(synchronize_session=False)
        .returning(CourseRun.id)
    ).scalar_one_or_none()
    _forget(course_run_id)
    if done is None:
        raise Refused(_no_seat(course_run_id))


def give_back_seat(course_run_id: int) -> None:
    """Give one place back; a full course run takes enrollments again."""
    done = db.session.execute(
        update(CourseRun)
        .where(CourseRun.id == course_run_id, CourseRun.seats_taken > 0)
        .values(
            seats_taken=CourseRun.seats_taken - 1,
            state=case(
                (CourseRun.state == CourseRunState.FULL, _state(CourseRunState.OPEN)),
                else_=CourseRun.state,
            ),
        )
        .execution_options(synchronize_session=False)
        .returning(CourseRun.id)
    ).scalar_one_or_none()
    _forget(course_run_id)
    if done is None:
        raise Refused(Refusal("no_seat_taken"))


def _refuse_filing(
    course: Course, plan: CourseRunPlan, *, site_id: int | None, late_reason: str
) -> None:
    facts = get_teaching_facts(course, site_id=site_id)
    refusals = refusals_for_filing(plan, facts, today=clock.today())
    refusals += list_place_refusals(
        course.institution_id,
        plan.lessons,
        site_id=site_id,
        capacity=plan.capacity,
        occupation_code=facts.occupation_code,
    )
    refusals += list_late_filing_refusals(plan.starts_on, late_reason)
    if refusals:
        raise Refused(refusals)


def _state(state: CourseRunState) -> ColumnElement[CourseRunState]:
    return literal(state, CourseRun.state.type)


def _no_seat(course_run_id: int) -> Refusal:
    row = db.session.execute(
        select(CourseRun.state, CourseRun.capacity, CourseRun.seats_taken).where(
            CourseRun.id == course_run_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("course_run")
    return Refusal("course_run_full" if row.state == CourseRunState.FULL else "course_run_not_open")


def _forget(course_run_id: int) -> None:
    """An object read before the statement shows the old count: let it be read again."""
    key = inspect(CourseRun).identity_key_from_primary_key((course_run_id,))
    if (row := db.session.identity_map.get(key)) is not None:
        db.session.expire(row)


def plan_of_lesson(lesson: LessonTimes) -> LessonPlan:
    """A lesson as the rules read it, in the deployment's zone."""
    return LessonPlan(
        starts_at=lesson.starts_at.astimezone(clock.zone()),
        ends_at=lesson.ends_at.astimezone(clock.zone()),
        starts_on=clock.local_date(lesson.starts_at),
        ends_on=clock.local_date(lesson.ends_at),
        room=lesson.room,
        teacher=lesson.teacher,
        topic=lesson.topic,
        room_id=lesson.room_id,
        trainer_id=lesson.trainer_id,
    )


def _add_lessons(course_run_id: int, plans: Sequence[LessonPlan]) -> None:
    in_time = sorted(plans, key=lambda plan: plan.starts_at)
    rows = [
        {
            "course_run_id": course_run_id,
            "number": number,
            "starts_at": plan.starts_at,
            "ends_at": plan.ends_at,
            "room": plan.room,
            "teacher": plan.teacher,
            "topic": plan.topic,
            "room_id": plan.room_id,
            "trainer_id": plan.trainer_id,
        }
        for number, plan in enumerate(in_time, start=1)
    ]
    db.session.execute(insert(Lesson), rows)


def _move(
    course_run: CourseRun,
    to: CourseRunState,
    event: str,
    *,
    actor_id: int | None,
    reason: str | None = None,
) -> CourseRun:
    assert to in COURSE_RUN_TRANSITIONS[course_run.state], COURSE_RUN_STATE_WORDS[course_run.state]
    course_run.state = to
    db.session.flush()
    _record(event, course_run, actor_id=actor_id, reason=reason)
    return course_run


def _record(
    event: str, course_run: CourseRun, *, actor_id: int | None, reason: str | None = None
) -> None:
    record_event(
        event,
        subject_kind="course_run",
        subject_code=course_run.code,
        actor_id=actor_id,
        reason=reason,
    )
