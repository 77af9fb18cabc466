"""Changing to another class: the seat there, the seat here, and the money, in one act."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.courses import lock_course
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.enroll import enroll_worker, withdraw_enrollment
from marketplace.enrollment.queries import get_enrollment, lock_enrollment
from marketplace.enrollment.states import ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker
from marketplace.redemption.models import Reservation, Swap
from marketplace.redemption.operations.release import untie_voucher
from marketplace.redemption.operations.reserve import tie_voucher
from marketplace.redemption.queries.reservations import (
    find_standing_reservation,
    get_reservation,
)
from marketplace.redemption.queries.swaps import SwapPlan, find_swap_of, get_swap_plan
from marketplace.vouchers.models import Quote, Voucher
from marketplace.vouchers.operations.lifecycle import mark_active
from marketplace.vouchers.operations.quotes import carry_quote, record_quote
from marketplace.vouchers.queries.vouchers import lock_voucher


def swap_enrollment(
    enrollment_id: int, *, course_run_id: int, own_share_fen: int, actor_id: int | None
) -> Swap:
    """Leave a class that has not begun and take the voucher's money to another one.

    `own_share_fen` is what the learner read and agreed to; another price is refused
    (`price_changed`). The price is that of the day, or stays for another class of the same course,
    as the policy says. The seat there is taken before the one here is given back, so nobody loses
    both; the waiting list of the class that was left moves up in the same act. Again, it is the
    change that was made. Refuses everything `get_swap_plan` names. Books for an entitlement
    `voucher.released` of the old reservation and `voucher.reserved` of the new one.
    """
    if earlier := _find_earlier(enrollment_id, course_run_id):
        return earlier
    _hold(enrollment_id, course_run_id)
    if earlier := _find_earlier(enrollment_id, course_run_id):
        return earlier  # the same click twice: the other one was faster
    plan = get_swap_plan(get_enrollment(enrollment_id), course_run_id)
    if plan.refusals:
        raise Refused(plan.refusals)
    if plan.voucher is None:
        raise Refused(Refusal("stale_state"))  # it was released since the page was shown
    if plan.own_share.fen != own_share_fen:
        raise Refused(Refusal("price_changed", {"own_share": plan.own_share}))
    voucher, old, before = plan.voucher, plan.reservation, plan.before
    assert old is not None, "refused above otherwise"
    assert before is not None, "refused above otherwise"
    swap = _move(plan, voucher, old, before, actor_id)
    _record(plan, swap, actor_id)
    _tell(plan)
    return swap


def _move(
    plan: SwapPlan, voucher: Voucher, old: Reservation, before: Quote, actor_id: int | None
) -> Swap:
    """Money out, price, seat there, money in, seat here back."""
    wanted_id = plan.wanted.course_run_id
    untie_voucher(voucher, old, reason=ExitReason.SWAPPED, actor_id=actor_id)
    mark_active(voucher.id)
    quote = _quote(plan, voucher, before, actor_id)
    enrollment = enroll_worker(voucher.worker_id, course_run_id=wanted_id, actor_id=actor_id)
    new = tie_voucher(voucher, quote, enrollment, plan.wanted, actor_id)
    withdraw_enrollment(plan.enrollment.id, reason=ExitReason.SWAPPED, actor_id=actor_id)
    swap = Swap(
        voucher_id=voucher.id,
        from_enrollment_id=plan.enrollment.id,
        to_enrollment_id=enrollment.id,
        from_reservation_id=old.id,
        to_reservation_id=new.id,
        price_kept=plan.price_kept,
        value_before_fen=before.value_fen,
        value_after_fen=quote.value_fen,
        own_share_before_fen=before.own_share_fen,
        own_share_after_fen=quote.own_share_fen,
        swapped_by=actor_id,
        swapped_at=clock.now(),
    )
    db.session.add(swap)
    db.session.flush()
    return swap


def _find_earlier(enrollment_id: int, course_run_id: int) -> Swap | None:
    swap = find_swap_of(enrollment_id)
    if swap and get_enrollment(swap.to_enrollment_id).course_run_id == course_run_id:
        return swap
    return None


def _hold(enrollment_id: int, course_run_id: int) -> None:
    """Voucher, enrollment, then both courses by number: the order of all who take or leave seats,
    so that two people who change places with each other never wait for each other."""
    reservation = find_standing_reservation(enrollment_id)
    if reservation:
        lock_voucher(reservation.voucher_id)
        db.session.refresh(reservation)
    enrollment = lock_enrollment(enrollment_id)
    for course_id in sorted(_course_ids(enrollment, course_run_id)):
        lock_course(course_id)


def _course_ids(enrollment: Enrollment, course_run_id: int) -> set[int]:
    run_ids = (enrollment.course_run_id, course_run_id)
    return {get_course_run(run_id).course_id for run_id in run_ids}


def _quote(plan: SwapPlan, voucher: Voucher, before: Quote, actor_id: int | None) -> Quote:
    run_id = plan.wanted.course_run_id
    if plan.price_kept:
        return carry_quote(before, voucher, course_run_id=run_id, actor_id=actor_id)
    assert plan.facts is not None, "a plan with a voucher has facts"
    return record_quote(voucher, run_id, facts=plan.facts, lines=plan.lines, actor_id=actor_id)


def _record(plan: SwapPlan, swap: Swap, actor_id: int | None) -> None:
    record_event(
        "enrollment.swapped",
        subject_kind="enrollment",
        subject_code=plan.enrollment.code,
        actor_id=actor_id,
        details={
            "course_run": plan.wanted.code,
            "enrollment": get_enrollment(swap.to_enrollment_id).code,
            "reservation": get_reservation(swap.to_reservation_id).code,
            "value_before_fen": swap.value_before_fen,
            "value_after_fen": swap.value_after_fen,
            "own_share_before_fen": swap.own_share_before_fen,
            "own_share_after_fen": swap.own_share_after_fen,
        },
    )


def _tell(plan: SwapPlan) -> None:
    """The learner, and both institutions: who leaves is not named to the one that is left."""
    left, wanted = plan.left, plan.wanted
    user_id = get_worker(plan.enrollment.worker_id).user_id
    if user_id is not None:
        params = {
            "from_title": left.title,
            "title": wanted.title,
            "day": wanted.starts_on,
            "own_share": plan.own_share,
        }
        send_notice(user_id, kind="swap.learner", params=params, link="/me/classes")
    for manager_id in list_manager_ids(left.institution_id):
        send_notice(
            manager_id,
            kind="swap.left_institution",
            params={"title": left.title, "day": left.starts_on},
            link=f"/institution/classes/{left.code}",
        )
    pays = plan.voucher is None or plan.voucher.kind.pays
    for manager_id in list_manager_ids(wanted.institution_id):
        send_notice(
            manager_id,
            kind="swap.new_institution" if pays else "swap.new_institution_unpaid",
            params={"title": wanted.title, "day": wanted.starts_on, "amount": plan.value},
            link=f"/institution/classes/{wanted.code}",
        )
