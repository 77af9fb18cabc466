"""Where a source of money stands."""

from enum import StrEnum


class SourceState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REJECTED = "rejected"
    ENDED = "ended"


SOURCE_TRANSITIONS: dict[SourceState, frozenset[SourceState]] = {
    SourceState.PROPOSED: frozenset({SourceState.IN_FORCE, SourceState.REJECTED}),
    SourceState.IN_FORCE: frozenset({SourceState.ENDED}),
    SourceState.REJECTED: frozenset(),
    SourceState.ENDED: frozenset(),
}
"""A source that should pay otherwise is ended, and another one proposed: what was paid under it
stays explained."""
