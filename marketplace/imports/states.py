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


class RunPurpose(StrEnum):
    APPLY = "apply"
    """Rows are saved, piece by piece."""
    PREVIEW = "preview"
    """Nothing is saved but what would change and what is wrong."""


class PreviewDecision(StrEnum):
    APPLIED = "applied"
    DISCARDED = "discarded"


class Verdict(StrEnum):
    """What taking a row in does to what is known."""

    ADDED = "added"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


STANDING_PROBLEMS = (
    ProblemSeverity.WARNING,
    ProblemSeverity.QUARANTINED,
    ProblemSeverity.REJECTED,
)
"""What a person has to look at. A value mended in a stated way is told, but stops nobody."""
