"""What calling a class off would do, before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import (
    list_enrollments_of_run,
    list_live_learners,
    list_recorded_lessons,
)
from marketplace.enrollment.states import ENDED, EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import list_standing_reservations
from marketplace.vouchers.models import Quote, Voucher


@dataclass(frozen=True, slots=True)
class CallOffPreview:
    """Who and what a cancellation would touch."""

    learners: int
    learners_told: int
    """Those with a login; the others have to be told by the institution."""
    vouchers: int
    vouchers_expired: int
    """Vouchers past their last day: they are not free again but expire."""
    released: tuple[Money, ...]
    """What the vouchers would have paid, one sum per currency."""
    lessons_held: int
    results: int
    """Recorded results; with any, the class cannot be canceled."""


def get_call_off_preview(course_run_id: int) -> CallOffPreview:
    """The effect of canceling a class today."""
    everybody = list_enrollments_of_run(course_run_id)
    live = [enrollment for enrollment in everybody if enrollment.state not in ENDED]
    reservations = list_standing_reservations([enrollment.id for enrollment in live])
    rows = _list_vouchers([reservation.id for reservation in reservations.values()])
    sums: dict[str, int] = {}
    for amount_fen, currency, _expires_on in rows:
        sums[currency] = sums.get(currency, 0) + amount_fen
    done = (EnrollmentState.COMPLETED, EnrollmentState.FAILED)
    return CallOffPreview(
        learners=len(live),
        learners_told=sum(one.user_id is not None for one in list_live_learners(course_run_id)),
        vouchers=len(rows),
        vouchers_expired=sum(row[2] < clock.today() for row in rows),
        released=tuple(Money(fen, currency) for currency, fen in sorted(sums.items())),
        lessons_held=len(list_recorded_lessons([course_run_id])),
        results=sum(enrollment.state in done for enrollment in everybody),
    )


def find_last_reservation(enrollment: Enrollment) -> tuple[Reservation, Voucher] | None:
    """The voucher an enrollment was or is tied to, also after its release."""
    row = db.session.execute(
        select(Reservation, Voucher)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .where(Reservation.enrollment_id == enrollment.id)
        .order_by(Reservation.id.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _list_vouchers(reservation_ids: Sequence[int]) -> list[tuple[int, str, date]]:
    rows = db.session.execute(
        select(Reservation.amount_fen, Quote.currency, Voucher.expires_on)
        .join(Quote, Quote.id == Reservation.quote_id)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .where(Reservation.id.in_(reservation_ids))
        .order_by(Reservation.id)
        .limit(len(reservation_ids) or 1)
    )
    return [(row[0], row[1], row[2]) for row in rows]
