"""Taking a seat in a course run, and giving it up."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from marketplace.catalog.operations.course_runs import give_back_seat, take_seat
from marketplace.catalog.queries.course_runs import CourseRunFacts, get_course_run_facts
from marketplace.catalog.states import CourseRunState, CourseState
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.changes import move_enrollment, record_enrollment
from marketplace.enrollment.queries import find_live_enrollment, lock_enrollment
from marketplace.enrollment.rules import EnrollmentFacts, refusals_for_enrollment
from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code


def enroll_worker(worker_id: int, *, course_run_id: int, actor_id: int | None) -> Enrollment:
    """Give a worker a seat in a course run.

    Refuses a second enrollment, a run that is not open or is full, and a day outside the window.
    """
    run = get_course_run_facts(course_run_id)
    if refusals := list_enrollment_refusals(worker_id, run):
        raise Refused(refusals)
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
    return refusals_for_enrollment(
        EnrollmentFacts(
            today=clock.today(),
            run_is_open=run.state is CourseRunState.OPEN,
            run_is_full=run.state is CourseRunState.FULL or run.seats_taken >= run.capacity,
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
    _give_back(enrollment)
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
    _give_back(enrollment)
    record_enrollment("enrollment.no_show", enrollment, actor_id)
    return enrollment


def _give_back(enrollment: Enrollment) -> None:
    """The seat counts again, unless the class is over."""
    run = get_course_run_facts(enrollment.course_run_id)
    if run.state in (CourseRunState.OPEN, CourseRunState.FULL, CourseRunState.RUNNING):
        give_back_seat(enrollment.course_run_id)
