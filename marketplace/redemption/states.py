"""States of a reservation."""

from enum import StrEnum


class ReservationState(StrEnum):
    HELD = "held"
    REDEEMED = "redeemed"
    RELEASED = "released"


RESERVATION_TRANSITIONS: dict[ReservationState, frozenset[ReservationState]] = {
    ReservationState.HELD: frozenset({ReservationState.REDEEMED, ReservationState.RELEASED}),
    ReservationState.REDEEMED: frozenset(),
    ReservationState.RELEASED: frozenset(),
}
