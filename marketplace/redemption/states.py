"""States of a reservation."""

from enum import StrEnum


class ReservationState(StrEnum):
    HELD = "held"
    REDEEMED = "redeemed"
    RELEASED = "released"


RESERVATION_TRANSITIONS: dict[ReservationState, frozenset[ReservationState]] = {
    ReservationState.HELD: frozenset({ReservationState.REDEEMED, ReservationState.RELEASED}),
    # Back to held only through a reversal entry.
    ReservationState.REDEEMED: frozenset({ReservationState.HELD}),
    ReservationState.RELEASED: frozenset(),
}
