"""States of pledges and of the offers that answer them."""

from enum import StrEnum


class PledgeState(StrEnum):
    OPEN = "open"
    OFFERED = "offered"
    """A seat is held for it in a class."""
    CONVERTED = "converted"
    """The person has taken the seat."""
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """An offer was not answered in time, or the time window has passed."""


class PledgeHours(StrEnum):
    """When the person can learn."""

    ANY = "any"
    WORK_HOURS = "work_hours"
    OUTSIDE_WORK_HOURS = "outside_work_hours"


class PledgeOfferState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    """By the institution, or because the person withdrew the pledge."""


class EmployerGroupState(StrEnum):
    OPEN = "open"
    """People of the employer may join."""
    ENDED = "ended"
    """Nobody joins any more; who has joined stays in line."""
