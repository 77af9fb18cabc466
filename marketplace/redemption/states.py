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


class VoucherOutcome(StrEnum):
    """What becomes of the voucher when its class is left."""

    NONE = "none"
    """There was no voucher."""
    FREE = "free"
    """Free for another class until its last day."""
    ENDED = "ended"
    """Its last day has passed meanwhile; it ends unused and counts towards nothing."""
    CONSUMED = "consumed"
    """Used up: the person bears the cost, and it counts towards the limits."""
    PART = "part"
    """It stays tied to the class and pays the institution the part that was attended; it counts
    towards the limits."""


USED_BY_LEAVING = frozenset({VoucherOutcome.CONSUMED, VoucherOutcome.PART})
"""The person has no voucher after this: they are told before, and confirm."""
