"""Untying a voucher from a class that will not be paid for."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.copayments.operations.shares import end_copayment
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.enroll import record_no_show, withdraw_enrollment
from marketplace.enrollment.queries import get_enrollment, lock_enrollment
from marketplace.enrollment.states import ENDED, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.funds.queries import get_allotment
from marketplace.ledger.operations import post_entry
from marketplace.redemption.entries import entry_for_release
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.cases import get_redemption_case
from marketplace.redemption.queries.reservations import (
    find_standing_reservation,
    get_reservation,
)
from marketplace.redemption.rules import refusals_for_redemption
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.lifecycle import mark_active
from marketplace.vouchers.queries.quotes import get_quote
from marketplace.vouchers.queries.vouchers import lock_voucher
from marketplace.vouchers.states import VoucherKind


def leave_course_run(enrollment_id: int, *, reason: ExitReason, actor_id: int | None) -> Enrollment:
    """End an enrollment before its completion; a voucher tied to it is free again."""
    if reservation := find_standing_reservation(enrollment_id):
        release_reservation(reservation.id, reason=reason, actor_id=actor_id)
    else:
        _end_enrollment(enrollment_id, reason, actor_id)
    return get_enrollment(enrollment_id)


def release_reservation(
    reservation_id: int, *, reason: ExitReason, actor_id: int | None
) -> Reservation:
    """Untie the voucher; the enrollment ends with it unless it has ended already.

    The voucher is active again, or expired if its validity has passed. Refuses once redeemed, and
    after a completion that can be redeemed. Books `voucher.released` for an entitlement, and ends
    the co-payment by the coded reason.
    """
    reservation = get_reservation(reservation_id)
    voucher = lock_voucher(reservation.voucher_id)
    db.session.refresh(reservation)
    if reservation.state is ReservationState.RELEASED:
        return reservation
    if reservation.state is ReservationState.REDEEMED:
        raise Refused(Refusal("already_redeemed"))
    _end_or_check(reservation, reason, actor_id)
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
    mark_active(voucher.id)
    return reservation


def _end_or_check(reservation: Reservation, reason: ExitReason, actor_id: int | None) -> None:
    enrollment = lock_enrollment(reservation.enrollment_id)
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
    """Face value stays committed as long as the voucher lives."""
    if voucher.kind is VoucherKind.FACE_VALUE:
        return None
    entry = entry_for_release(
        reservation.code,
        allotment_code=get_allotment(voucher.allotment_id).code,
        amount=Money(reservation.amount_fen, get_quote(reservation.quote_id).currency),
        on=clock.today(),
    )
    return post_entry(entry, actor_id=actor_id)
