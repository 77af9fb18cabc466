"""Life of an import run, and what became of a row with a problem."""

from enum import StrEnum


class ImportRunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ProblemSeverity(StrEnum):
    NOTED = "noted"
    """Nothing is wrong; it is worth knowing, such as a changed price."""
    WARNING = "warning"
    REPAIRED = "repaired"
    """The value was mended in a stated way and the row was used."""
    QUARANTINED = "quarantined"
    """The row was kept but is neither listed nor spendable until someone decides."""
    REJECTED = "rejected"
    """The row could not be used at all."""
