"""Untying a voucher from a class that will not be paid for."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.copayments.operations.shares import end_copayment
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.enroll import record_no_show, withdraw_enrollment
from marketplace.enrollment.queries import get_enrollment, lock_enrollment
from marketplace.enrollment.states import ENDED, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.funding.queries.shares import list_shares_of_vouchers
from marketplace.funds.queries import get_allotment
from marketplace.ledger.operations import post_entry
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker
from marketplace.redemption.entries import entry_for_pooled_release, entry_for_release
from marketplace.redemption.leaving_rules import (
    LeavingDecision,
    decide_leaving,
    refusals_for_leaving,
)
from marketplace.redemption.models import Reservation, Withdrawal
from marketplace.redemption.queries.cases import get_redemption_case
from marketplace.redemption.queries.reservations import (
    find_standing_reservation,
    get_reservation,
)
from marketplace.redemption.queries.withdrawals import (
    find_withdrawal,
    get_leaving_facts,
    was_changed_since,
)
from marketplace.redemption.rules import refusals_for_redemption
from marketplace.redemption.states import USED_BY_LEAVING, ReservationState, VoucherOutcome
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.lifecycle import consume_voucher, mark_active
from marketplace.vouchers.queries.quotes import get_quote
from marketplace.vouchers.queries.vouchers import lock_voucher
from marketplace.vouchers.states import VoucherKind


def leave_course_run(
    enrollment_id: int,
    *,
    reason: ExitReason,
    actor_id: int | None,
    told: VoucherOutcome | None = None,
) -> Enrollment:
    """End an enrollment before its completion; who bears the cost is decided by the reason.

    `told` is what the learner who leaves read and confirmed about the voucher; where it would be
    used up and they were not told so, nothing happens (`leaving_costs_voucher`). Empty: somebody
    else ends the enrollment. Again for one that is left changes nothing.
    """
    if reservation := find_standing_reservation(enrollment_id):
        release_reservation(reservation.id, reason=reason, actor_id=actor_id, told=told)
    else:
        enrollment = lock_enrollment(enrollment_id)
        if enrollment.state not in ENDED:
            decision = _decide(enrollment, None, reason, told)
            _end_enrollment(enrollment_id, reason, actor_id)
            _note(enrollment, None, reason, decision, told, actor_id)
        elif enrollment.exit_reason is None:
            _end_enrollment(enrollment_id, reason, actor_id)  # which says why it cannot
    return get_enrollment(enrollment_id)


def release_reservation(
    reservation_id: int,
    *,
    reason: ExitReason,
    actor_id: int | None,
    told: VoucherOutcome | None = None,
) -> Reservation:
    """Untie the voucher; the enrollment ends with it unless it has ended already.

    The voucher is active again, expired if its validity has passed, or used up where the policy
    and the reason say so (`decide_leaving`). Where the policy pays the part that was attended, the
    voucher stays tied, to be redeemed for it. Refuses once redeemed, and after a completion that
    can be redeemed. Books `voucher.released` for an entitlement, and ends the co-payment by the
    coded reason.
    """
    reservation = get_reservation(reservation_id)
    voucher = lock_voucher(reservation.voucher_id)
    db.session.refresh(reservation)
    if reservation.state is ReservationState.RELEASED:
        return reservation
    if reservation.state is ReservationState.REDEEMED:
        raise Refused(Refusal("already_redeemed"))
    enrollment = lock_enrollment(reservation.enrollment_id)
    earlier = find_withdrawal(enrollment.id)
    if earlier is not None and reason is not ExitReason.NOT_REDEEMABLE:
        return reservation  # left before; what was attended is still to be paid
    decision = _decide(enrollment, voucher, reason, told)
    _end_or_check(enrollment, reservation, reason, actor_id)
    if decision.outcome is VoucherOutcome.PART:
        end_copayment(enrollment.id, reason=reason, actor_id=actor_id)
        _note(enrollment, voucher, reason, decision, told, actor_id)
        return reservation
    untie_voucher(voucher, reservation, reason=reason, actor_id=actor_id)
    if decision.outcome is VoucherOutcome.CONSUMED:
        consume_voucher(voucher.id, actor_id=actor_id)
    else:
        mark_active(voucher.id)
    if earlier is None:
        _note(enrollment, voucher, reason, decision, told, actor_id)
    return reservation


def free_part_of_leaver(reservation_id: int, *, actor_id: int | None) -> None:
    """The class was called off: nothing is paid to it, not even what a leaver attended."""
    reservation = get_reservation(reservation_id)
    voucher = lock_voucher(reservation.voucher_id)
    untie_voucher(voucher, reservation, reason=ExitReason.RUN_CANCELED, actor_id=actor_id)
    mark_active(voucher.id)


def untie_voucher(
    voucher: Voucher, reservation: Reservation, *, reason: ExitReason, actor_id: int | None
) -> None:
    """The reservation stands no longer; who calls holds the voucher and says what becomes of it.

    Books `voucher.released` for an entitlement, committed → available, and ends the co-payment.
    """
    end_copayment(reservation.enrollment_id, reason=reason, actor_id=actor_id)
    reservation.release_entry_id = _free_money(voucher, reservation, actor_id)
    reservation.state = ReservationState.RELEASED
    reservation.ended_at = clock.now()
    db.session.flush()
    record_event(
        "voucher.released",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        reason=reason,
        details={"reservation": reservation.code, "amount_fen": reservation.amount_fen},
    )


def _decide(
    enrollment: Enrollment,
    voucher: Voucher | None,
    reason: ExitReason,
    told: VoucherOutcome | None,
) -> LeavingDecision:
    decision = decide_leaving(get_leaving_facts(enrollment, voucher), reason)
    is_changed = reason is not ExitReason.CLASS_CHANGED or was_changed_since(enrollment)
    refusals = refusals_for_leaving(decision, told=told, is_class_changed=is_changed, reason=reason)
    if refusals:
        raise Refused(refusals)
    return decision


def _note(
    enrollment: Enrollment,
    voucher: Voucher | None,
    reason: ExitReason,
    decision: LeavingDecision,
    told: VoucherOutcome | None,
    actor_id: int | None,
) -> None:
    """What was decided, for good; who lost a voucher by another's act is told."""
    used = decision.outcome in USED_BY_LEAVING
    consumed = decision.outcome is VoucherOutcome.CONSUMED
    db.session.add(
        Withdrawal(
            enrollment_id=enrollment.id,
            voucher_id=voucher.id if voucher else None,
            reason=reason.value,
            bearer=decision.bearer,
            outcome=decision.outcome,
            free_until=decision.free_until,
            rule=decision.rule,
            acknowledged_at=clock.now() if used and told is not None else None,
            recorded_by=actor_id,
            recorded_at=clock.now(),
        )
    )
    db.session.flush()
    user_id = get_worker(enrollment.worker_id).user_id
    if voucher is None or user_id is None or told is not None or not consumed:
        return
    send_notice(
        user_id,
        kind="withdrawal.voucher_consumed",
        params={
            "title": get_course_run_facts(enrollment.course_run_id).title,
            "voucher": voucher.code,
            "rule": decision.rule or "",
        },
        link=f"/me/vouchers/{voucher.code}",
    )


def _end_or_check(
    enrollment: Enrollment, reservation: Reservation, reason: ExitReason, actor_id: int | None
) -> None:
    if enrollment.state not in ENDED:
        _end_enrollment(enrollment.id, reason, actor_id)
        return
    case = get_redemption_case(reservation.voucher_id, institution_id=reservation.institution_id)
    assert case is not None, "a held reservation has a case"
    if not refusals_for_redemption(case.facts):
        raise Refused(Refusal("redeem_instead"))


def _end_enrollment(enrollment_id: int, reason: ExitReason, actor_id: int | None) -> None:
    if reason is ExitReason.NO_SHOW:
        record_no_show(enrollment_id, actor_id=actor_id)
    else:
        withdraw_enrollment(enrollment_id, reason=reason, actor_id=actor_id)


def _free_money(voucher: Voucher, reservation: Reservation, actor_id: int | None) -> int | None:
    """Face value stays committed as long as the voucher lives; sign-in only holds nothing."""
    if voucher.kind is not VoucherKind.ENTITLEMENT:
        return None
    if voucher.is_pooled:
        return _free_pooled_money(voucher, reservation, actor_id)
    entry = entry_for_release(
        reservation.code,
        allotment_code=get_allotment(voucher.allotment_id).code,
        amount=Money(reservation.amount_fen, get_quote(reservation.quote_id).currency),
        on=clock.today(),
    )
    return post_entry(entry, actor_id=actor_id)


def _free_pooled_money(voucher: Voucher, reservation: Reservation, actor_id: int | None) -> int:
    """Each allotment has again what it promised for this reservation."""
    assert reservation.entry_id is not None, "a pooled entitlement was promised when reserved"
    shares = list_shares_of_vouchers([voucher.id], entry_ids=[reservation.entry_id])
    entry = entry_for_pooled_release(
        reservation.code,
        shares[voucher.id],
        currency=get_quote(reservation.quote_id).currency,
        on=clock.today(),
    )
    return post_entry(entry, actor_id=actor_id)
