"""Reading waiting lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import Course, CourseRun, CourseVersion
from marketplace.catalog.states import CourseRunState, CourseState
from marketplace.enrollment.models import WaitingPlace
from marketplace.enrollment.states import WaitingState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound

ON_THE_LIST = (WaitingState.WAITING, WaitingState.OFFERED)
_LISTED = WaitingPlace.state.in_(ON_THE_LIST)


def get_waiting_place_of_worker(code: str, worker_id: int) -> WaitingPlace:
    """A learner's own place; anybody else's is not found."""
    place = db.session.scalar(
        select(WaitingPlace).where(WaitingPlace.code == code, WaitingPlace.worker_id == worker_id)
    )
    if place is None:
        raise NotFound("waiting_place")
    return place


def find_waiting_place(worker_id: int, course_id: int) -> WaitingPlace | None:
    """Where somebody stands on the list of a course, waiting or offered."""
    return db.session.scalar(
        select(WaitingPlace).where(
            WaitingPlace.worker_id == worker_id, WaitingPlace.course_id == course_id, _LISTED
        )
    )


def lock_waiting_place(worker_id: int, course_id: int) -> WaitingPlace | None:
    """The same, ours until the end of the unit of work."""
    return db.session.scalar(
        select(WaitingPlace)
        .where(WaitingPlace.worker_id == worker_id, WaitingPlace.course_id == course_id, _LISTED)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_first_waiting(course_id: int) -> WaitingPlace | None:
    """Who waits longest for a course; whoever asks holds the course."""
    return db.session.scalar(
        select(WaitingPlace)
        .where(WaitingPlace.course_id == course_id, WaitingPlace.state == WaitingState.WAITING)
        .order_by(WaitingPlace.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def list_offers_of_course(course_id: int) -> Sequence[WaitingPlace]:
    """Offers that stand, held until the end of the unit of work, oldest first."""
    return db.session.scalars(
        select(WaitingPlace)
        .where(WaitingPlace.course_id == course_id, WaitingPlace.state == WaitingState.OFFERED)
        .order_by(WaitingPlace.id)
        .limit(5_000)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def position_of(place: WaitingPlace) -> int:
    """1 is who is offered the next seat."""
    ahead = db.session.scalar(
        select(func.count())
        .select_from(WaitingPlace)
        .where(
            WaitingPlace.course_id == place.course_id,
            WaitingPlace.state == WaitingState.WAITING,
            WaitingPlace.id < place.id,
        )
    )
    return (ahead or 0) + 1


def count_waiting(course_id: int) -> int:
    """How many wait for a course; who they are is nobody's business."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(WaitingPlace)
            .where(WaitingPlace.course_id == course_id, _LISTED)
        )
        or 0
    )


def list_runs_with_free_seats(course_id: int, *, on: date) -> Sequence[CourseRun]:
    """Open classes of a course that can be enrolled in today, soonest first."""
    return db.session.scalars(
        select(CourseRun)
        .join(Course, Course.id == CourseRun.course_id)
        .where(
            CourseRun.course_id == course_id,
            Course.state == CourseState.LISTED,
            CourseRun.state == CourseRunState.OPEN,
            CourseRun.seats_taken < CourseRun.capacity,
            CourseRun.enrollment_opens_on <= on,
            CourseRun.enrollment_closes_on >= on,
        )
        .order_by(CourseRun.starts_on, CourseRun.id)
        .limit(50)
        .execution_options(populate_existing=True)
    ).all()


def list_courses_waited_for() -> list[int]:
    """Courses somebody waits for, or has an offer of."""
    return list(
        db.session.scalars(
            select(WaitingPlace.course_id)
            .where(_LISTED)
            .distinct()
            .order_by(WaitingPlace.course_id)
            .limit(100_000)
        )
    )


@dataclass(frozen=True, slots=True)
class MyPlace:
    """A place on a list as its holder sees it."""

    place: WaitingPlace
    course_code: str
    title: str
    run_code: str | None
    position: int


def list_my_places(worker_id: int) -> list[MyPlace]:
    """The lists somebody is on, the oldest place first."""
    ahead = aliased(WaitingPlace)
    position = (
        select(func.count() + 1)
        .select_from(ahead)
        .where(
            ahead.course_id == WaitingPlace.course_id,
            ahead.state == WaitingState.WAITING,
            ahead.id < WaitingPlace.id,
        )
        .correlate(WaitingPlace)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(WaitingPlace, Course.code, CourseVersion.title, CourseRun.code, position)
        .join(Course, Course.id == WaitingPlace.course_id)
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .outerjoin(CourseRun, CourseRun.id == WaitingPlace.course_run_id)
        .where(WaitingPlace.worker_id == worker_id, _LISTED)
        .order_by(WaitingPlace.id)
        .limit(50)
    )
    return [MyPlace(*row) for row in rows]
