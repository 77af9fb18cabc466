"""A sign-in voucher has done its part: the training it was tied to is recorded, nobody is paid."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, update

from marketplace.audit.operations import record_events
from marketplace.foundation import clock
from marketplace.foundation.db import db, forget_rows, table_of
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.cases import RedemptionCase
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.operations.lifecycle import mark_vouchers_redeemed

_RESERVATION = table_of(Reservation)
_END = (
    update(_RESERVATION)
    .where(_RESERVATION.c.id.in_(bindparam("reservation_ids", expanding=True)))
    .values(state=ReservationState.REDEEMED, ended_at=bindparam("at"))
)


def use_up(cases: Sequence[RedemptionCase], *, actor_id: int | None) -> None:
    """The vouchers are used and their reservations over (held → redeemed), which the caller has
    weighed and holds. There is no entry, no redemption, nothing to claim."""
    if not cases:
        return
    reservation_ids = [case.reservation_id for case in cases]
    db.session.execute(_END, {"reservation_ids": reservation_ids, "at": clock.now()})
    forget_rows(Reservation, reservation_ids)
    mark_vouchers_redeemed([case.voucher_id for case in cases])
    told = {
        case.voucher_code: {"institution": case.institution_code, "rule": case.facts.terms.rule}
        for case in cases
    }
    record_events("voucher.used_up", subject_kind="voucher", details=told, actor_id=actor_id)
