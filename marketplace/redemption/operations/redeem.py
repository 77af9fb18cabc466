"""Voucher value becomes money owed to an institution, once."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.audit.operations import record_event
from marketplace.enrollment.queries import list_enrollments_of_run, lock_enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.ledger.operations import post_entry
from marketplace.redemption.entries import entry_for_redemption
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.cases import RedemptionCase, get_redemption_case
from marketplace.redemption.queries.redemptions import count_redemptions_of_voucher, find_redemption
from marketplace.redemption.queries.reservations import list_standing_reservations
from marketplace.redemption.rules import refusals_for_redemption
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.lifecycle import mark_redeemed
from marketplace.vouchers.queries.vouchers import lock_voucher
from marketplace.vouchers.rules.quotes import STATE_LABELS


def redeem_voucher(voucher_id: int, *, institution_id: int, actor_id: int | None) -> Redemption:
    """Turn a reserved voucher into money owed to the institution.

    An honest retry gets the same redemption; another institution is refused. Refuses with every
    reason at once. Books `voucher.redeemed`: committed becomes payable, a face value's rest
    becomes available again.
    """
    voucher = lock_voucher(voucher_id)
    if earlier := find_redemption(voucher_id):
        return _same_institution(earlier, institution_id)

    case = _lock_case(voucher, institution_id)
    if refusals := refusals_for_redemption(case.facts):
        raise Refused(refusals)

    entry = entry_for_redemption(
        case.voucher_code,
        attempt=count_redemptions_of_voucher(voucher_id) + 1,
        allotment_code=case.allotment_code,
        institution_code=case.institution_code,
        amount=case.amount,
        committed=case.committed,
        on=clock.today(),
    )
    entry_id = post_entry(entry, actor_id=actor_id)
    redemption = _save_redemption(case, entry_id, actor_id)
    mark_redeemed(voucher_id)
    _record(case, redemption, actor_id)
    return redemption


@dataclass(frozen=True, slots=True)
class CourseRunRedemption:
    """What redeeming a whole class did: the redemptions, and for all others every reason."""

    redeemed: tuple[Redemption, ...]
    refused: dict[int, tuple[Refusal, ...]]
    """By enrollment."""


def redeem_course_run(
    course_run_id: int, *, institution_id: int, actor_id: int | None
) -> CourseRunRedemption:
    """Redeem every voucher of a class that can be redeemed; name every reason for the others."""
    enrollment_ids = [enrollment.id for enrollment in list_enrollments_of_run(course_run_id)]
    held = [
        reservation
        for reservation in list_standing_reservations(enrollment_ids).values()
        if reservation.state is ReservationState.HELD
    ]
    # All vouchers first, in one order: nobody who holds one of them waits for our accounts.
    for voucher_id in sorted(reservation.voucher_id for reservation in held):
        lock_voucher(voucher_id)
    redeemed, refused = [], {}
    for reservation in held:
        try:
            with db.session.begin_nested():
                redeemed.append(
                    redeem_voucher(
                        reservation.voucher_id, institution_id=institution_id, actor_id=actor_id
                    )
                )
        except Refused as no:
            refused[reservation.enrollment_id] = no.refusals
    return CourseRunRedemption(tuple(redeemed), refused)


def _same_institution(earlier: Redemption, institution_id: int) -> Redemption:
    if earlier.institution_id != institution_id:
        raise Refused(Refusal("redeemed_elsewhere"))
    return earlier


def _lock_case(voucher: Voucher, institution_id: int) -> RedemptionCase:
    """Hold the enrollment too, so that no dispute or decision slips in while we decide."""
    case = get_redemption_case(voucher.id, institution_id=institution_id)
    if case is None:
        raise Refused(Refusal("voucher_not_reserved", {"state": STATE_LABELS[voucher.state]}))
    lock_enrollment(case.enrollment_id)
    again = get_redemption_case(voucher.id, institution_id=institution_id)
    assert again is not None, "the voucher's lock holds its reservation"
    return again


def _save_redemption(case: RedemptionCase, entry_id: int, actor_id: int | None) -> Redemption:
    redemption = Redemption(
        code=new_code("RD"),
        voucher_id=case.voucher_id,
        reservation_id=case.reservation.id,
        enrollment_id=case.enrollment_id,
        institution_id=case.institution_id,
        allotment_id=case.allotment_id,
        amount_fen=case.amount.fen,
        entry_id=entry_id,
        redeemed_on=clock.today(),
        redeemed_by=actor_id,
        redeemed_at=clock.now(),
    )
    db.session.add(redemption)
    case.reservation.state = ReservationState.REDEEMED
    case.reservation.ended_at = clock.now()
    db.session.flush()
    return redemption


def _record(case: RedemptionCase, redemption: Redemption, actor_id: int | None) -> None:
    record_event(
        "voucher.redeemed",
        subject_kind="voucher",
        subject_code=case.voucher_code,
        actor_id=actor_id,
        details={
            "redemption": redemption.code,
            "institution": case.institution_code,
            "amount_fen": case.amount.fen,
            "entry_id": redemption.entry_id,
            "rule": case.facts.terms.rule,
        },
    )
