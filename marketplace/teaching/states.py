"""States of sites, rooms and trainers."""

from enum import StrEnum


class PlaceState(StrEnum):
    """A site or a room: in use, or closed for new classes."""

    IN_USE = "in_use"
    CLOSED = "closed"


class TrainerState(StrEnum):
    """A trainer of an institution: teaches there, or has left."""

    TEACHES = "teaches"
    LEFT = "left"
