"""What moved between two ratings: component by component, in stars and in points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.standing.states import Component, ComponentState


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """A stored rating as the comparison reads it."""

    stars: int | None
    grade: str
    points: int
    policy_version: int
    components: Mapping[Component, Mapping[str, Any]]
    records: Mapping[str, Mapping[str, Any]]
    """The facts in force, by code."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One thing that changed. `stars` is its part of the difference, in stars; none: not there."""

    code: str
    params: Mapping[str, Any]
    stars: float | None = None
    points: int | None = None


def movements(before: ScoreFacts, after: ScoreFacts) -> tuple[Movement, ...]:
    """Every cause of the difference, the components in their fixed order, then the file."""
    found: list[Movement] = []
    if before.policy_version != after.policy_version:
        versions = {"before": before.policy_version, "after": after.policy_version}
        found.append(Movement("policy_changed", versions))
    for component in Component:
        if component in before.components and component in after.components:
            found += _of_component(
                component, before.components[component], after.components[component]
            )
    found += [
        Movement("record_added", {"record": code, "kind": row["kind"]}, points=row["points"])
        for code, row in after.records.items()
        if code not in before.records
    ]
    found += [
        Movement("record_ended", {"record": code, "kind": row["kind"]}, points=-row["points"])
        for code, row in before.records.items()
        if code not in after.records
    ]
    return tuple(found)


def _of_component(
    component: Component, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Movement]:
    difference = round(after["contribution"] - before["contribution"], 2)
    params: dict[str, Any] = {
        "component": component.value,
        "k_before": before["counts"]["successes"],
        "n_before": before["counts"]["trials"],
        "k_after": after["counts"]["successes"],
        "n_after": after["counts"]["trials"],
    }
    counted = ComponentState.COUNTED.value
    if before["state"] != counted and after["state"] == counted:
        return [Movement("component_begins", params, difference)]
    if before["state"] == counted and after["state"] != counted:
        return [Movement("component_ends", params, difference)]
    if after["state"] != counted:
        same = before["counts"] == after["counts"]
        return [] if same else [Movement("component_not_counted", params)]
    if before["counts"] != after["counts"]:
        return [Movement("counts_changed", params, difference)]
    if before["weight"] != after["weight"]:
        return [Movement("weight_changed", params, difference)]
    if before["peers"] != after["peers"]:
        return [Movement("peers_changed", params, difference)]
    return []
