"""Kinds and states of visits, and what an inspector observes, as codes."""

from enum import StrEnum


class VisitKind(StrEnum):
    ANNOUNCED = "announced"
    UNANNOUNCED = "unannounced"
    """The institution reads of it when it is submitted."""


class VisitState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    """The inspector is there."""
    SUBMITTED = "submitted"
    CANCELED = "canceled"


VISIT_TRANSITIONS: dict[VisitState, frozenset[VisitState]] = {
    VisitState.PLANNED: frozenset({VisitState.OPEN, VisitState.CANCELED}),
    VisitState.OPEN: frozenset({VisitState.SUBMITTED, VisitState.CANCELED}),
    VisitState.SUBMITTED: frozenset(),
    VisitState.CANCELED: frozenset(),
}


class Observation(StrEnum):
    """What was seen; the first two speak for the institution, the others against it."""

    IN_ORDER = "in_order"
    GOOD_PRACTICE = "good_practice"
    NOT_HELD = "not_held"
    OTHER_TRAINER = "other_trainer"
    OTHER_ROOM = "other_room"
    OTHER_CONTENT = "other_content"
    ENDED_EARLY = "ended_early"
    SIGNED_FOR_OTHERS = "signed_for_others"
    CARDS_KEPT = "cards_kept"
    """The institution keeps the vouchers or telephones of learners."""
    FEES_BESIDES = "fees_besides"
    EQUIPMENT = "equipment"
    SAFETY = "safety"
    ACCESS_REFUSED = "access_refused"
    OTHER = "other"


GOOD = frozenset({Observation.IN_ORDER, Observation.GOOD_PRACTICE})
