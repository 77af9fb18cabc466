"""Changing to another class of the same institution for the same fee, without a voucher."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.courses import lock_course
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.enroll import enroll_worker, withdraw_enrollment
from marketplace.enrollment.queries import find_live_enrollment, get_enrollment, lock_enrollment
from marketplace.enrollment.states import ExitReason
from marketplace.foundation.errors import Refusal, Refused
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice
from marketplace.redemption.queries.swaps import SwapPlan, get_swap_plan


def swap_self_paid_enrollment(
    enrollment_id: int, *, course_run_id: int, actor_id: int | None
) -> Enrollment:
    """The seat moves: taken there before it is given back here, in one act; the new enrollment.

    No money of a fund is touched and no co-payment is open: what was paid to the institution, or
    is owed to it, stays between it and the learner. Again, it is the change that was made. Refuses
    everything `get_swap_plan` names, and `stale_state` where a voucher was tied meanwhile.
    """
    enrollment = lock_enrollment(enrollment_id)
    run_ids = (enrollment.course_run_id, course_run_id)
    for course_id in sorted({get_course_run(run_id).course_id for run_id in run_ids}):
        lock_course(course_id)
    there = find_live_enrollment(enrollment.worker_id, course_run_id)
    if there and enrollment.exit_reason == ExitReason.SWAPPED:
        return there
    plan = get_swap_plan(get_enrollment(enrollment_id), course_run_id)
    if plan.refusals:
        raise Refused(plan.refusals)
    if plan.voucher is not None:
        raise Refused(Refusal("stale_state"))
    new = enroll_worker(enrollment.worker_id, course_run_id=course_run_id, actor_id=actor_id)
    withdraw_enrollment(enrollment_id, reason=ExitReason.SWAPPED, actor_id=actor_id)
    record_event(
        "enrollment.swapped",
        subject_kind="enrollment",
        subject_code=enrollment.code,
        actor_id=actor_id,
        details={"course_run": plan.wanted.code, "enrollment": new.code},
    )
    _tell(plan)
    return new


def _tell(plan: SwapPlan) -> None:
    for manager_id in list_manager_ids(plan.wanted.institution_id):
        send_notice(
            manager_id,
            kind="swap.self_paid_institution",
            params={
                "from_day": plan.left.starts_on,
                "title": plan.wanted.title,
                "day": plan.wanted.starts_on,
            },
            link=f"/institution/classes/{plan.wanted.code}",
        )
