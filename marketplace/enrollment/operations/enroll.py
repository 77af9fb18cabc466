"""Taking a seat in a course run, and giving it up."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from marketplace.catalog.operations.course_runs import give_back_seat, take_seat
from marketplace.catalog.queries.course_runs import CourseRunFacts, get_course_run_facts
from marketplace.catalog.queries.courses import lock_course
from marketplace.catalog.states import CourseRunState, CourseState
from marketplace.enrollment.models import Enrollment, WaitingPlace
from marketplace.enrollment.operations.changes import move_enrollment, record_enrollment
from marketplace.enrollment.operations.waiting import (
    is_offer_valid,
    join_waiting_list,
    offer_seats,
    take_place_of_waiting,
)
from marketplace.enrollment.queries import find_live_enrollment, lock_enrollment
from marketplace.enrollment.rules import EnrollmentFacts, refusals_for_enrollment
from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.enrollment.waiting_queries import find_waiting_place
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code


def enroll_worker(worker_id: int, *, course_run_id: int, actor_id: int | None) -> Enrollment:
    """Give a worker a seat in a course run; who was offered one from the waiting list has it.

    Refuses a second enrollment, a run that is not open or is full, and a day outside the window.
    """
    run = get_course_run_facts(course_run_id)
    if refusals := list_enrollment_refusals(worker_id, run):
        raise Refused(refusals)
    if not take_place_of_waiting(worker_id, course_run_id=course_run_id, course_id=run.course_id):
        take_seat(course_run_id)
    enrollment = Enrollment(
        code=new_code("EN"),
        worker_id=worker_id,
        course_run_id=course_run_id,
        state=EnrollmentState.CONFIRMED,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(enrollment)
    except IntegrityError as error:
        # The same worker enrolled at the same moment through another window.
        raise Refused(Refusal("already_enrolled")) from error
    record_enrollment(
        "enrollment.confirmed", enrollment, actor_id, details={"course_run": run.code}
    )
    return enrollment


def list_enrollment_refusals(worker_id: int, run: CourseRunFacts) -> tuple[Refusal, ...]:
    """Every reason why this worker cannot enroll in this run today; pages show them early."""
    place = find_waiting_place(worker_id, run.course_id)
    is_kept = (
        place is not None and place.course_run_id == run.course_run_id and is_offer_valid(place)
    )
    is_full = run.state is CourseRunState.FULL or run.seats_taken >= run.capacity
    return refusals_for_enrollment(
        EnrollmentFacts(
            today=clock.today(),
            run_is_open=run.state is CourseRunState.OPEN or is_kept,
            run_is_full=is_full and not is_kept,
            course_is_offered=run.course_state is CourseState.LISTED and not run.quarantined,
            opens_on=run.enrollment_opens_on,
            closes_on=run.enrollment_closes_on,
            capacity=run.capacity,
            already_enrolled=find_live_enrollment(worker_id, run.course_run_id) is not None,
        )
    )


def withdraw_enrollment(
    enrollment_id: int, *, reason: ExitReason, actor_id: int | None
) -> Enrollment:
    """End an enrollment before completion and give the seat back.

    A voucher tied to it is released by the redemption room, which calls this.
    """
    enrollment = lock_enrollment(enrollment_id)
    if enrollment.state is EnrollmentState.WITHDRAWN:
        return enrollment
    move_enrollment(enrollment, EnrollmentState.WITHDRAWN)
    enrollment.exit_reason = ExitReason(reason)
    if enrollment.exit_reason == ExitReason.RUN_CANCELED:
        _give_back(enrollment)  # nobody is offered a seat in a class that is called off
    else:
        _give_back_and_offer(enrollment)
    record_enrollment("enrollment.withdrawn", enrollment, actor_id, reason=enrollment.exit_reason)
    return enrollment


def record_no_show(enrollment_id: int, *, actor_id: int | None) -> Enrollment:
    """The learner never came. Refuses before the run starts and once a lesson was attended."""
    enrollment = lock_enrollment(enrollment_id)
    if enrollment.state is EnrollmentState.NO_SHOW:
        return enrollment
    run = get_course_run_facts(enrollment.course_run_id)
    if clock.today() < run.starts_on:
        raise Refused(Refusal("run_not_started"))
    if enrollment.state is EnrollmentState.TRAINING:
        raise Refused(Refusal("training_began"))
    move_enrollment(enrollment, EnrollmentState.NO_SHOW)
    enrollment.exit_reason = ExitReason.NO_SHOW
    _give_back_and_offer(enrollment)
    record_enrollment("enrollment.no_show", enrollment, actor_id)
    return enrollment


def enroll_or_wait(
    worker_id: int, *, course_run_id: int, actor_id: int | None
) -> Enrollment | WaitingPlace:
    """A seat if there is one, else a place at the end of the course's waiting list.

    Refuses what enrolling refuses for any other reason than a full class.
    """
    try:
        with db.session.begin_nested():
            return enroll_worker(worker_id, course_run_id=course_run_id, actor_id=actor_id)
    except Refused as refused:
        if not set(refused.codes) <= {"class_full", "course_run_full", "course_run_not_open"}:
            raise
    course_id = get_course_run_facts(course_run_id).course_id
    return join_waiting_list(worker_id, course_id=course_id, actor_id=actor_id)


def _give_back_and_offer(enrollment: Enrollment) -> None:
    """The next of the waiting list is asked in the same act. The course is held first, as by all
    who offer, so that two of them never wait for each other."""
    course_id = get_course_run_facts(enrollment.course_run_id).course_id
    lock_course(course_id)
    _give_back(enrollment)
    offer_seats(course_id)


def _give_back(enrollment: Enrollment) -> None:
    """The seat counts again, unless the class is over."""
    run = get_course_run_facts(enrollment.course_run_id)
    if run.state in (CourseRunState.OPEN, CourseRunState.FULL, CourseRunState.RUNNING):
        give_back_seat(enrollment.course_run_id)
