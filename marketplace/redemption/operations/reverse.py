"""Undoing a redemption: never by editing, always by a second entry."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.operations import reverse_entry
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.redemptions import (
    get_redemption,
    is_redemption_settled,
    lock_redemption,
)
from marketplace.redemption.queries.reservations import get_reservation
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.operations.lifecycle import mark_unredeemed
from marketplace.vouchers.queries.vouchers import lock_voucher


def reverse_redemption(redemption_id: int, *, reason: str, actor_id: int | None) -> Redemption:
    """Take a redemption back: the voucher is reserved again, to be redeemed rightly or released.

    Refuses without a reason and once a settlement holds it. Books the reversal of its entry.
    """
    voucher = lock_voucher(get_redemption(redemption_id).voucher_id)
    redemption = lock_redemption(redemption_id)
    if redemption.reversal_entry_id is not None:
        return redemption
    if not reason.strip():
        raise Refused(Refusal("say_why", field="reason"))
    if is_redemption_settled(redemption_id):
        raise Refused(Refusal("redemption_settled"))

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
    return redemption
