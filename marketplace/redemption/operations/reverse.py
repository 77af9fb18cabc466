"""Undoing a redemption: never by editing, always by a second entry."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.queries import get_enrollment
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.institutions.queries import list_manager_ids
from marketplace.ledger.operations import reverse_entry
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.redemptions import (
    get_redemption,
    is_redemption_claimed,
    is_redemption_settled,
    lock_redemption,
)
from marketplace.redemption.queries.reservations import get_reservation
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.lifecycle import mark_unredeemed
from marketplace.vouchers.queries.quotes import get_quote
from marketplace.vouchers.queries.vouchers import lock_voucher


def reverse_redemption(redemption_id: int, *, reason: str, actor_id: int | None) -> Redemption:
    """Take a redemption back: the voucher is reserved again, to be redeemed rightly or released.

    Refuses without a reason, once a settlement or a claim under review holds it, and to whoever
    redeemed it. Books the reversal of its entry. The learner and the institution's managers
    are told.
    """
    voucher = lock_voucher(get_redemption(redemption_id).voucher_id)
    redemption = lock_redemption(redemption_id)
    if redemption.reversal_entry_id is not None:
        return redemption
    if not reason.strip():
        raise Refused(Refusal("say_why", field="reason"))
    if actor_id is not None and redemption.redeemed_by == actor_id:
        raise Refused(Refusal("own_redemption"))
    if is_redemption_settled(redemption_id):
        raise Refused(Refusal("redemption_settled"))
    if is_redemption_claimed(redemption_id):
        raise Refused(Refusal("redemption_claimed"))

    entry_id = reverse_entry(redemption.entry_id, reason=reason.strip(), actor_id=actor_id)
    redemption.reversal_entry_id = entry_id
    reservation = get_reservation(redemption.reservation_id)
    reservation.state = ReservationState.HELD
    reservation.ended_at = None
    mark_unredeemed(voucher.id)
    db.session.flush()
    record_event(
        "voucher.redemption_reversed",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        reason=reason.strip(),
        details={"redemption": redemption.code, "entry_id": entry_id},
    )
    _tell_both_sides(voucher, redemption, reason.strip())
    return redemption


def _tell_both_sides(voucher: Voucher, redemption: Redemption, reason: str) -> None:
    quote = get_quote(get_reservation(redemption.reservation_id).quote_id)
    amount = Money(redemption.amount_fen, quote.currency)
    params = {"voucher": voucher.code, "amount": amount, "reason": reason}
    if (learner_id := get_worker(voucher.worker_id).user_id) is not None:
        kind, link = "redemption.reversed_for_learner", f"/me/vouchers/{voucher.code}"
        send_notice(learner_id, kind=kind, params=params, link=link)
    run = get_course_run(get_enrollment(redemption.enrollment_id).course_run_id)
    for manager_id in list_manager_ids(redemption.institution_id):
        kind, link = "redemption.reversed", f"/institution/classes/{run.code}"
        send_notice(manager_id, kind=kind, params=params, link=link)
