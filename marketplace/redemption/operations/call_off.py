"""Calling a class off: everybody in it is free again, and knows it, in one act."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import cancel_course_run
from marketplace.catalog.queries.course_runs import get_course_run, get_course_run_facts
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.waiting import withdraw_offers
from marketplace.enrollment.queries import (
    list_enrollments_of_run,
    list_live_enrollments_of_run,
    lock_enrollment,
)
from marketplace.enrollment.states import ENDED, EnrollmentState, ExitReason
from marketplace.foundation.errors import Refusal, Refused
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import list_user_ids_of_workers
from marketplace.redemption.models import Reservation
from marketplace.redemption.operations.release import free_part_of_leaver, leave_course_run
from marketplace.redemption.queries.reservations import list_standing_reservations
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.vouchers import get_voucher, lock_voucher
from marketplace.vouchers.states import VoucherState


def call_off_course_run(course_run_id: int, *, reason: str, actor_id: int | None) -> CourseRun:
    """Cancel a class: every learner is withdrawn, every voucher free again and everybody told.

    Doing it twice changes nothing. Refuses a missing reason, a class that is over, and one in
    which results are recorded. Books `voucher.released` for each entitlement, `voucher.expired`
    for each face value whose last day has passed meanwhile.
    """
    course_run = get_course_run(course_run_id)
    if course_run.state is CourseRunState.CANCELED:
        return course_run
    _refuse_results(course_run_id)
    enrollments = list_live_enrollments_of_run(course_run_id)
    reservations = list_standing_reservations([enrollment.id for enrollment in enrollments])
    # All vouchers first, in one order: nobody who holds one of them waits for our seats.
    parts = _list_parts_due(course_run_id)
    for voucher_id in sorted(one.voucher_id for one in (*reservations.values(), *parts)):
        lock_voucher(voucher_id)
    for enrollment in enrollments:
        lock_enrollment(enrollment.id)
    withdraw_offers(course_run_id, actor_id=actor_id)
    for enrollment in enrollments:
        leave_course_run(enrollment.id, reason=ExitReason.RUN_CANCELED, actor_id=actor_id)
    for part in parts:
        free_part_of_leaver(part.id, actor_id=actor_id)
    canceled = cancel_course_run(course_run_id, reason=reason, actor_id=actor_id)
    _tell(canceled, enrollments, reservations)
    return canceled


def _list_parts_due(course_run_id: int) -> list[Reservation]:
    """Of leavers: what they attended was still to be paid."""
    left = [one.id for one in list_enrollments_of_run(course_run_id) if one.state in ENDED]
    standing = list_standing_reservations(left).values()
    return [one for one in standing if one.state is ReservationState.HELD]


def _refuse_results(course_run_id: int) -> None:
    done = (EnrollmentState.COMPLETED, EnrollmentState.FAILED)
    count = sum(one.state in done for one in list_enrollments_of_run(course_run_id))
    if count:
        raise Refused(Refusal("course_run_has_results", {"count": count}))


def _tell(
    course_run: CourseRun,
    enrollments: Sequence[Enrollment],
    reservations: dict[int, Reservation],
) -> None:
    title = get_course_run_facts(course_run.id).title
    logins = list_user_ids_of_workers([enrollment.worker_id for enrollment in enrollments])
    for enrollment in enrollments:
        user_id = logins.get(enrollment.worker_id)
        if user_id is None:
            continue
        params = {
            "title": title,
            "day": course_run.starts_on,
            "reason": course_run.cancel_reason or "",
        }
        kind = "course_run.canceled"
        if reservation := reservations.get(enrollment.id):
            voucher = get_voucher(reservation.voucher_id)
            params |= {"voucher": voucher.code, "expires_on": voucher.expires_on}
            kind = _kind_of(voucher)
        send_notice(user_id, kind=kind, params=params, link=f"/me/classes/{enrollment.code}")


def _kind_of(voucher: Voucher) -> str:
    if voucher.state is VoucherState.ACTIVE:
        return "course_run.canceled_voucher_free"
    return "course_run.canceled_voucher_expired"
