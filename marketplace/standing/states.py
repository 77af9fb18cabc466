"""Kinds of facts in a file, grades, components of the stars, the life of an appeal."""

from enum import StrEnum


class StandingKind(StrEnum):
    """What a fact in the file says."""

    COMMENDATION = "commendation"
    INSPECTION_PASSED = "inspection_passed"
    LATE_FILING = "late_filing"
    COMPLAINT_UPHELD = "complaint_upheld"
    DISPUTE_UPHELD = "dispute_upheld"
    INSPECTION_FAULT = "inspection_fault"
    EVIDENCE_UPHELD = "evidence_upheld"
    """An officer upheld a hold on the money of a class: once for each class and clause."""
    SANCTION = "sanction"
    FALSE_RECORDS = "false_records"
    CORRECTION = "correction"
    """Mends the counts of a component after an appeal; carries no points."""
    WITHDRAWAL = "withdrawal"
    """Takes an earlier fact out of force; the earlier one stays in the file."""


RECORDABLE = (
    StandingKind.COMMENDATION,
    StandingKind.INSPECTION_PASSED,
    StandingKind.LATE_FILING,
    StandingKind.COMPLAINT_UPHELD,
    StandingKind.INSPECTION_FAULT,
    StandingKind.SANCTION,
    StandingKind.FALSE_RECORDS,
)
"""What an officer may record by hand; the other kinds follow from decisions."""


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Component(StrEnum):
    """What the stars are made of."""

    COMPLETION = "completion"
    ASSESSMENT = "assessment"
    EMPLOYMENT = "employment"
    DISPUTES = "disputes"
    REVIEWS = "reviews"
    """Came later: a policy without a weight for it counts none, an older rating shows none."""


class ComponentState(StrEnum):
    COUNTED = "counted"
    TOO_FEW = "too_few"
    NO_DATA = "no_data"


class AppealState(StrEnum):
    FILED = "filed"
    UPHELD = "upheld"
    REJECTED = "rejected"


class RatingCause(StrEnum):
    """Why a rating was computed."""

    REGULAR = "regular"
    RECORD = "record"
    """A fact was added to the file or withdrawn."""


class NewRuns(StrEnum):
    """Whether a grade lets an institution file course runs and take vouchers for enrollment."""

    ALLOWED = "allowed"
    BARRED = "barred"


APPEAL_TRANSITIONS: dict[AppealState, frozenset[AppealState]] = {
    AppealState.FILED: frozenset({AppealState.UPHELD, AppealState.REJECTED}),
    AppealState.UPHELD: frozenset(),
    AppealState.REJECTED: frozenset(),
}
