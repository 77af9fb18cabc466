"""States of statement lines and breaks."""

from enum import StrEnum


class StatementLineState(StrEnum):
    IMPORTED = "imported"
    MATCHED = "matched"
    BREAK = "break"
    EXPLAINED = "explained"


class StatementKind(StrEnum):
    STATEMENT = "statement"
    """Proved: opening balance plus lines gives the closing balance."""
    NOTIFICATION = "notification"
    """Without balances: its lines are matched, the day's statement proves them."""


class BreakState(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    RESOLVED = "resolved"
    """The line found its payout later, without anybody explaining it."""


LINE_TRANSITIONS: dict[StatementLineState, frozenset[StatementLineState]] = {
    StatementLineState.IMPORTED: frozenset({StatementLineState.MATCHED, StatementLineState.BREAK}),
    StatementLineState.BREAK: frozenset({StatementLineState.MATCHED, StatementLineState.EXPLAINED}),
    StatementLineState.MATCHED: frozenset(),
    StatementLineState.EXPLAINED: frozenset(),
}
