"""Reading reservations."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Text, and_, literal_column, select

from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.redemption.models import Reservation
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import Voucher


def is_standing() -> ColumnElement[bool]:
    """A reservation stands: held or redeemed, not released.

    In the very words of the indexes by voucher, enrollment and quote, not as a value that is given
    when it is asked: a plan that PostgreSQL keeps for all values would search all reservations.
    """
    return Reservation.state != literal_column(f"'{ReservationState.RELEASED}'", Text)


def is_held() -> ColumnElement[bool]:
    """A reservation is held: neither redeemed nor released. That it stands follows, but has to be
    said to find it by an index."""
    return and_(
        Reservation.state == literal_column(f"'{ReservationState.HELD}'", Text), is_standing()
    )


def get_reservation(reservation_id: int) -> Reservation:
    """One reservation."""
    if (reservation := db.session.get(Reservation, reservation_id)) is None:
        raise NotFound("reservation")
    return reservation


def find_standing_reservation(enrollment_id: int) -> Reservation | None:
    """The reservation of an enrollment, held or redeemed."""
    return db.session.scalar(
        select(Reservation).where(
            Reservation.enrollment_id == enrollment_id,
            is_standing(),
        )
    )


def find_reservation_of_quote(quote_id: int) -> Reservation | None:
    """What is reserved on a quote, held or redeemed; after a release it may be used again."""
    return db.session.scalar(
        select(Reservation).where(Reservation.quote_id == quote_id, is_standing())
    )


def find_reservation_of_voucher(voucher_id: int) -> Reservation | None:
    """The class a voucher is tied to, or was redeemed for."""
    return db.session.scalar(
        select(Reservation).where(
            Reservation.voucher_id == voucher_id,
            is_standing(),
        )
    )


def list_standing_reservations(enrollment_ids: Collection[int]) -> dict[int, Reservation]:
    """Reservations of some enrollments, held or redeemed, by enrollment."""
    rows = db.session.scalars(
        select(Reservation)
        .where(
            Reservation.enrollment_id.in_(enrollment_ids),
            is_standing(),
        )
        .order_by(Reservation.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {reservation.enrollment_id: reservation for reservation in rows}


def list_tied_vouchers(course_run_id: int) -> dict[int, int]:
    """The vouchers tied to a class or redeemed in it, each with its enrollment."""
    rows = db.session.execute(
        select(Reservation.voucher_id, Reservation.enrollment_id)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .where(
            Enrollment.course_run_id == course_run_id,
            is_standing(),
        )
        # In the order of the index of a class: by their own numbers, all reservations might be
        # walked through in the hope of a few.
        .order_by(Enrollment.course_run_id, Enrollment.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {voucher_id: enrollment_id for voucher_id, enrollment_id in rows}


def list_held_sign_ins(course_run_id: int) -> list[tuple[int, int]]:
    """Vouchers of a class that only record and are not used up, with their institution."""
    rows = db.session.execute(
        select(Reservation.voucher_id, Reservation.institution_id)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .where(
            Enrollment.course_run_id == course_run_id,
            Reservation.amount_fen == 0,
            is_held(),
        )
        .order_by(Enrollment.course_run_id, Reservation.voucher_id)
        .limit(RUN_SIZE_MAX)
    )
    return [(voucher_id, institution_id) for voucher_id, institution_id in rows]


def list_runs_with_sign_ins(*, after_id: int = 0) -> list[int]:
    """Classes above a number in which results stand and sign-in vouchers are not used up yet."""
    rows = db.session.scalars(
        select(Enrollment.course_run_id)
        .join(Completion, Completion.enrollment_id == Enrollment.id)
        .join(Reservation, Reservation.enrollment_id == Enrollment.id)
        .where(
            Enrollment.course_run_id > after_id,
            Reservation.amount_fen == 0,
            is_held(),
        )
        .distinct()
        .order_by(Enrollment.course_run_id)
        .limit(100)
    )
    return list(rows)


def list_used_up(voucher_ids: Collection[int], *, institution_id: int) -> set[int]:
    """Those of some used vouchers that only recorded a training at this institution."""
    rows = db.session.scalars(
        select(Reservation.voucher_id)
        .where(
            Reservation.voucher_id.in_(voucher_ids),
            Reservation.institution_id == institution_id,
            Reservation.amount_fen == 0,
            Reservation.state == ReservationState.REDEEMED,
        )
        .order_by(Reservation.voucher_id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return set(rows)


def find_enrollment_by_voucher_code(code: str, *, institution_id: int) -> int | None:
    """The enrollment a voucher is tied to at this institution; nothing else about it."""
    return db.session.scalar(
        select(Reservation.enrollment_id)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .where(
            Voucher.code == code,
            Reservation.institution_id == institution_id,
            is_held(),
        )
    )


def list_voucher_codes(enrollment_ids: Collection[int]) -> dict[int, str]:
    """The codes of the vouchers held for some enrollments, by enrollment."""
    rows = db.session.execute(
        select(Reservation.enrollment_id, Voucher.code)
        .join(Voucher, Voucher.id == Reservation.voucher_id)
        .where(
            Reservation.enrollment_id.in_(enrollment_ids),
            is_held(),
        )
        .order_by(Reservation.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {enrollment_id: code for enrollment_id, code in rows}
