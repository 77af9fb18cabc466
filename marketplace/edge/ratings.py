"""A stored rating as pages tell it: components, what moved, effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.standing.labels import (
    COMPONENT_LABELS,
    COMPONENT_STATE_LABELS,
    KIND_LABELS,
    MOVEMENT_TEXTS,
)
from marketplace.standing.models import Rating
from marketplace.standing.queries.ratings import CurrentRating, score_facts
from marketplace.standing.rules.movements import movements
from marketplace.standing.states import Component, ComponentState, StandingKind


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One component of the stars in a table."""

    label: str
    state: str
    is_counted: bool
    successes: int
    trials: int
    raw: float | None
    shrunk: float | None
    peers: float | None
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One sentence of what moved, with its part of the difference."""

    text: str
    params: Mapping[str, Any]
    stars: float | None
    points: int | None


def rating_of(rating: Rating) -> CurrentRating:
    """A past rating in the shape the star macros take."""
    return CurrentRating(
        institution_id=rating.institution_id,
        grade=rating.grade,
        stars=_stars(rating.stars_hundredths),
        low=_stars(rating.low_hundredths),
        high=_stars(rating.high_hundredths),
        n=rating.n,
        as_of=rating.as_of,
    )


def component_rows(rating: Rating) -> list[ComponentRow]:
    """Every component, counted or not, in the fixed order."""
    return [
        ComponentRow(
            label=COMPONENT_LABELS[Component(row["component"])],
            state=COMPONENT_STATE_LABELS[ComponentState(row["state"])],
            is_counted=row["state"] == ComponentState.COUNTED.value,
            successes=row["counts"]["successes"],
            trials=row["counts"]["trials"],
            raw=row["raw"],
            shrunk=row["shrunk"],
            peers=row["peers"],
            weight=row["weight"],
            contribution=row["contribution"],
        )
        for row in rating.result["components"]
    ]


def movement_rows(before: Rating, after: Rating) -> list[MovementRow]:
    """What moved between two ratings, in sentences."""
    return [
        MovementRow(MOVEMENT_TEXTS[move.code], _in_words(move.params), move.stars, move.points)
        for move in movements(score_facts(before), score_facts(after))
    ]


def _in_words(params: Mapping[str, Any]) -> dict[str, Any]:
    named = dict(params)
    if "component" in named:
        named["component"] = COMPONENT_LABELS[Component(named["component"])]
    if "kind" in named:
        named["kind"] = KIND_LABELS[StandingKind(named["kind"])]
    return named


def _stars(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100
