"""One waiting list per course: first come, first offered, from one class to the next."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import (
    give_back_seat,
    open_course_run,
    take_seat,
)
from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.catalog.queries.courses import lock_course
from marketplace.catalog.states import CourseRunState, CourseState
from marketplace.enrollment.models import WaitingPlace
from marketplace.enrollment.rules import offer_until
from marketplace.enrollment.states import WaitingState
from marketplace.enrollment.waiting_queries import (
    get_waiting_place_of_worker,
    list_offers_of_course,
    list_runs_with_free_seats,
    lock_first_waiting,
    lock_waiting_place,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker

_TAKES = (CourseRunState.OPEN, CourseRunState.FULL)


def join_waiting_list(worker_id: int, *, course_id: int, actor_id: int | None) -> WaitingPlace:
    """Put somebody at the end of a course's list; again finds the place they have.

    Refuses a course that is not offered, and one with free seats for which nobody waits.
    """
    course = lock_course(course_id)
    if course.state is not CourseState.LISTED or course.quarantine_reason:
        raise Refused(Refusal("course_not_offered"))
    if earlier := lock_waiting_place(worker_id, course_id):
        return earlier
    offer_seats(course_id)
    if list_runs_with_free_seats(course_id, on=clock.today()):
        raise Refused(Refusal("seats_are_free"))
    place = WaitingPlace(
        code=new_code("WL"),
        course_id=course_id,
        worker_id=worker_id,
        state=WaitingState.WAITING,
        joined_at=clock.now(),
    )
    db.session.add(place)
    db.session.flush()
    _record("waiting_list.joined", place, actor_id)
    return place


def leave_waiting_list(code: str, *, worker_id: int, actor_id: int | None) -> WaitingPlace:
    """Somebody does not want to wait any more, or does not want the seat that is kept."""
    course_id = get_waiting_place_of_worker(code, worker_id).course_id
    lock_course(course_id)
    place = lock_waiting_place(worker_id, course_id)
    if place is None or place.code != code:
        raise Refused(Refusal("not_waiting"))
    _end(place, WaitingState.LEFT, "waiting_list.left", actor_id)
    offer_seats(course_id)
    return place


def offer_seats(course_id: int) -> int:
    """Offer every free seat of a course to who waits longest; answers how many offers are new.

    Offers that were not taken in time lapse first, and their seats go to the next. An offered
    seat counts as taken, so nobody can slip in between.
    """
    lock_course(course_id)
    for place in list_offers_of_course(course_id):
        if not is_offer_valid(place):
            _end(place, WaitingState.LAPSED, "waiting_list.lapsed", None)
            _tell("waiting_list.lapsed", place)
    offered = 0
    for run in list_runs_with_free_seats(course_id, on=clock.today()):
        for _seat in range(run.capacity - run.seats_taken):
            first = lock_first_waiting(course_id)
            if first is None:
                return offered
            if not _offer(first, run):
                break
            offered += 1
    return offered


def withdraw_offers(course_run_id: int, *, actor_id: int | None) -> None:
    """A class is called off: who was offered a seat in it keeps their place on the list."""
    course_id = get_course_run_facts(course_run_id).course_id
    lock_course(course_id)
    for place in list_offers_of_course(course_id):
        if place.course_run_id == course_run_id:
            _tell("waiting_list.run_canceled", place)
            give_back_seat(course_run_id)
            place.state = WaitingState.WAITING
            place.course_run_id = place.offered_at = place.offer_until = None
            db.session.flush()
            _record("waiting_list.returned", place, actor_id)


def open_run_and_offer(course_run_id: int, *, actor_id: int | None) -> CourseRun:
    """Open a class; whoever waits for its course is asked before everybody else."""
    course_id = get_course_run_facts(course_run_id).course_id
    lock_course(course_id)
    run = open_course_run(course_run_id, actor_id=actor_id)
    offer_seats(course_id)
    return run


def take_place_of_waiting(worker_id: int, *, course_run_id: int, course_id: int) -> bool:
    """Who enrolls waits no longer; answers whether the seat was kept for them already."""
    place = lock_waiting_place(worker_id, course_id)
    if place is None:
        return False
    is_kept = place.course_run_id == course_run_id and is_offer_valid(place)
    if place.state is WaitingState.OFFERED and not is_kept and place.course_run_id:
        give_back_seat(place.course_run_id)
    place.state, place.ended_at = WaitingState.ENROLLED, clock.now()
    db.session.flush()
    _record("waiting_list.enrolled", place, None)
    return is_kept


def is_offer_valid(place: WaitingPlace) -> bool:
    """The seat is still kept."""
    if place.state is not WaitingState.OFFERED or place.offer_until is None:
        return False
    assert place.course_run_id is not None, "an offer names its class"
    run = get_course_run_facts(place.course_run_id)
    return clock.now() < place.offer_until and run.state in _TAKES


def _offer(place: WaitingPlace, run: CourseRun) -> bool:
    try:
        take_seat(run.id)
    except Refused:  # taken at this moment by somebody who enrolled; nothing was written
        return False
    ends_at = datetime.combine(
        run.enrollment_closes_on + timedelta(days=1), time(0), tzinfo=clock.zone()
    )
    place.state, place.course_run_id = WaitingState.OFFERED, run.id
    place.offered_at = clock.now()
    place.offer_until = offer_until(clock.now(), window_ends_at=ends_at)
    db.session.flush()
    _record("waiting_list.offered", place, None)
    _tell("waiting_list.offered", place)
    return True


def _end(place: WaitingPlace, state: WaitingState, event: str, actor_id: int | None) -> None:
    """An offer that ends gives its seat back."""
    if place.state is WaitingState.OFFERED and place.course_run_id is not None:
        give_back_seat(place.course_run_id)
    place.state, place.ended_at = state, clock.now()
    db.session.flush()
    _record(event, place, actor_id)


def _record(event: str, place: WaitingPlace, actor_id: int | None) -> None:
    run_id = place.course_run_id
    record_event(
        event,
        subject_kind="waiting_place",
        subject_code=place.code,
        actor_id=actor_id,
        details={"course_run": get_course_run_facts(run_id).code} if run_id else {},
    )


def _tell(kind: str, place: WaitingPlace) -> None:
    user_id = get_worker(place.worker_id).user_id
    if user_id is None or place.course_run_id is None:
        return
    run = get_course_run_facts(place.course_run_id)
    params: dict[str, Any] = {"title": run.title}
    if kind == "waiting_list.offered":
        until = place.offer_until
        assert until is not None
        params |= {
            "day": run.starts_on,
            "until": f"{until.astimezone(clock.zone()):%Y-%m-%d %H:%M}",
        }
    link = f"/me/enroll/{run.code}" if kind == "waiting_list.offered" else "/me/classes"
    send_notice(user_id, kind=kind, params=params, link=link)
