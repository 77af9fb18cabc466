"""States of statement lines and breaks."""

from enum import StrEnum


class StatementLineState(StrEnum):
    IMPORTED = "imported"
    MATCHED = "matched"
    BREAK = "break"
    EXPLAINED = "explained"


class BreakState(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
