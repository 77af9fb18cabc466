"""States of a clawback from a person, of what is paid back, and of a dispute about it."""

from enum import StrEnum


class BenefitClawbackState(StrEnum):
    PREPARED = "prepared"
    APPROVED = "approved"
    REJECTED = "rejected"


class RepaymentKind(StrEnum):
    """How what is owed back became less, beside later benefits."""

    BANK = "bank"
    """A line of the bank's statement; signed as a difference there."""
    DEPOSIT = "deposit"
    """Paid in at the treasury or the counter, with its receipt."""
    WAIVER = "waiver"
    """Nobody asks for it any more; the allotments bear it."""


class RepaymentState(StrEnum):
    PREPARED = "prepared"
    BOOKED = "booked"
    REJECTED = "rejected"
    REVERSED = "reversed"
    """Only of the bank: the line turned out to be something else."""


class ClawbackDisputeState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    """A waiver of what is left is prepared with it; another officer signs that."""
    REJECTED = "rejected"
