"""Reservations are found by their indexes also by a plan that PostgreSQL keeps for all values."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import (
    find_reservation_of_quote,
    find_reservation_of_voucher,
    find_standing_reservation,
    list_tied_vouchers,
)
from marketplace.redemption.states import ReservationState
from tests.plans import kept_plan

pytestmark = pytest.mark.postgres

FOUND_BY = {
    "uq_reservation_enrollment": lambda: find_standing_reservation(1),
    "uq_reservation_quote": lambda: find_reservation_of_quote(1),
    "uq_reservation_voucher": lambda: find_reservation_of_voucher(1),
}


@pytest.mark.parametrize("index", FOUND_BY)
def test_a_reservation_that_stands_is_found_by_its_index(app, index):
    assert f"Index Scan using {index}" in kept_plan(FOUND_BY[index])


def test_the_vouchers_of_a_class_are_found_from_its_learners(app):
    """Else all reservations are walked through in their order: 0.9 s a class at 27,000."""
    plan = kept_plan(lambda: list_tied_vouchers(1))
    assert "ix_enrollment_course_run" in plan
    assert "uq_reservation_enrollment" in plan
    assert "pk_reservation" not in plan


def test_a_state_given_as_a_value_uses_no_such_index(app):
    """The control: what it would be, if the state were asked for as everything else is."""
    asked = select(Reservation).where(
        Reservation.enrollment_id == 1, Reservation.state != ReservationState.RELEASED
    )
    assert "uq_reservation" not in kept_plan(lambda: db.session.scalar(asked))
