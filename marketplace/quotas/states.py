"""Kinds and states of the steps of a quota; where a quota itself stands is `QuotaState`."""

from enum import StrEnum


class QuotaStepKind(StrEnum):
    GRANT = "grant"
    RAISE = "raise"
    LOWER = "lower"
    WITHDRAW = "withdraw"
    END = "end"
    """Its last day has passed."""


class QuotaStepState(StrEnum):
    PROPOSED = "proposed"
    """Waits for the second signature."""
    SIGNED = "signed"
    REFUSED = "refused"


class NamingOutcome(StrEnum):
    """What became of somebody who was named, as the employer sees it."""

    NOT_GIVEN = "not_given"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    ENDED = "ended"
    """Refused by the person, expired or revoked: the place is free again."""
