"""States of a settlement."""

from enum import StrEnum


class SettlementState(StrEnum):
    PREPARED = "prepared"
    APPROVED = "approved"
    REJECTED = "rejected"


SETTLEMENT_TRANSITIONS: dict[SettlementState, frozenset[SettlementState]] = {
    SettlementState.PREPARED: frozenset({SettlementState.APPROVED, SettlementState.REJECTED}),
    SettlementState.APPROVED: frozenset(),
    SettlementState.REJECTED: frozenset(),
}
