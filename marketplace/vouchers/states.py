"""States of vouchers and scheme versions."""

from enum import StrEnum


class VoucherState(StrEnum):
    OFFERED = "offered"
    ACTIVE = "active"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVOKED = "revoked"


VOUCHER_TRANSITIONS: dict[VoucherState, frozenset[VoucherState]] = {
    VoucherState.OFFERED: frozenset(
        {VoucherState.ACTIVE, VoucherState.EXPIRED, VoucherState.REVOKED}
    ),
    VoucherState.ACTIVE: frozenset(
        {VoucherState.RESERVED, VoucherState.EXPIRED, VoucherState.REVOKED}
    ),
    VoucherState.RESERVED: frozenset(
        {VoucherState.REDEEMED, VoucherState.ACTIVE, VoucherState.EXPIRED}
    ),
    # Only through a reversal entry; the voucher is then tied to its enrollment again.
    VoucherState.REDEEMED: frozenset({VoucherState.RESERVED}),
    VoucherState.EXPIRED: frozenset(),
    VoucherState.REVOKED: frozenset(),
}


class VoucherKind(StrEnum):
    FACE_VALUE = "face_value"
    """A fixed amount, committed when issued (面值券)."""
    ENTITLEMENT = "entitlement"
    """No amount until a course is chosen; the subsidy rate gives it (抵用券)."""


class VoucherOrigin(StrEnum):
    CLAIMED = "claimed"
    ISSUED = "issued"


class SchemeVersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"
