"""Who and what a class takes up, and what stands against it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.catalog.rules import LessonPlan
from marketplace.catalog.states import CourseRunState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.teaching.models import Trainer
from marketplace.teaching.queries import lock_rooms, lock_site_facts, lock_trainers, person_of
from marketplace.teaching.rules import (
    LessonSlot,
    TakenLesson,
    refusals_for_clashes,
    refusals_for_places,
)

HELD_STATES = (
    CourseRunState.PLANNED,
    CourseRunState.FILED,
    CourseRunState.OPEN,
    CourseRunState.FULL,
    CourseRunState.RUNNING,
)
"""A class in one of these takes up its rooms and trainers; a canceled one gives them back."""
TAKEN_MAX = 2_000


def list_place_refusals(
    institution_id: int,
    plans: Sequence[LessonPlan],
    *,
    site_id: int | None,
    capacity: int,
    occupation_code: str | None,
    own_run_id: int | None = None,
) -> tuple[Refusal, ...]:
    """Every reason against the site, rooms and trainers of a class, double taken included.

    A class that is changed (`own_run_id`) does not stand in its own way.

    Rooms and trainers (a person at all their institutions) stay locked until the unit of work
    ends, so that two filings at once cannot take the same hour.
    """
    site = lock_site_facts(site_id, institution_id=institution_id) if site_id else None
    slots = _lock_slots(institution_id, plans)
    rooms = {slot.room.room_id for slot in slots if slot.room}
    people = {slot.trainer.person for slot in slots if slot.trainer}
    trainers = {slot.trainer.trainer_id for slot in slots if slot.trainer}
    refusals = refusals_for_places(
        slots, site=site, capacity=capacity, occupation_code=occupation_code
    )
    if not (rooms or trainers):
        return refusals
    taken_lessons = list_taken_lessons(
        institution_id, slots, rooms=rooms, people=people, trainers=trainers, own_run_id=own_run_id
    )
    return refusals + refusals_for_clashes(slots, taken_lessons)


def list_taken_lessons(
    institution_id: int,
    slots: Sequence[LessonSlot],
    *,
    rooms: Collection[int],
    people: Collection[str],
    trainers: Collection[int],
    own_run_id: int | None = None,
) -> list[TakenLesson]:
    """Lessons of live classes, between first and last slot, in these rooms or by these people."""
    rows = db.session.execute(
        select(Lesson, CourseRun.institution_id, CourseVersion.title, Trainer)
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .outerjoin(Trainer, Trainer.id == Lesson.trainer_id)
        .where(
            CourseRun.state.in_(HELD_STATES),
            CourseRun.id != (own_run_id or 0),
            Lesson.starts_at < max(slot.ends_at for slot in slots),
            Lesson.ends_at > min(slot.starts_at for slot in slots),
            or_(
                Lesson.room_id.in_(rooms),
                Lesson.trainer_id.in_(trainers),
                Trainer.id_number_index.in_(people),
            ),
        )
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(TAKEN_MAX)
    )
    return [
        TakenLesson(
            lesson_number=lesson.number,
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            title=title,
            is_own=owner_id == institution_id,
            room_id=lesson.room_id,
            person=person_of(trainer) if trainer else None,
        )
        for lesson, owner_id, title, trainer in rows
    ]


def _lock_slots(institution_id: int, plans: Sequence[LessonPlan]) -> list[LessonSlot]:
    wanted_rooms = {plan.room_id for plan in plans if plan.room_id is not None}
    wanted_trainers = {plan.trainer_id for plan in plans if plan.trainer_id is not None}
    rooms = lock_rooms(wanted_rooms, institution_id=institution_id) if wanted_rooms else {}
    trainers = (
        lock_trainers(wanted_trainers, institution_id=institution_id) if wanted_trainers else {}
    )
    if wanted_rooms - set(rooms) or wanted_trainers - set(trainers):
        raise NotFound("training_room or trainer")  # another institution's: nobody may tell
    return [
        LessonSlot(
            number=number,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            starts_on=plan.starts_on,
            room=rooms[plan.room_id] if plan.room_id is not None else None,
            trainer=trainers[plan.trainer_id] if plan.trainer_id is not None else None,
        )
        for number, plan in enumerate(plans, start=1)
    ]
