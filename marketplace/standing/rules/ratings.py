"""A whole rating: inputs as stored, the result as stored, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from marketplace.standing.rules.formula import NOTHING, Counts, StarScore, star_score
from marketplace.standing.rules.grades import GradeScore, RecordFacts, grade_score
from marketplace.standing.rules.policy import Policy
from marketplace.standing.states import Component, Grade, StandingKind

CountsOf = Mapping[Component, Counts]


@dataclass(frozen=True, slots=True)
class RatingInputs:
    """Everything a rating is made from, besides its policy version."""

    counted_on: date
    """The day for which results were counted; facts of the file may be newer."""
    counts: CountsOf
    peers: CountsOf
    records: tuple[RecordFacts, ...]
    """The facts in force on the day of the rating."""


@dataclass(frozen=True, slots=True)
class RatingScore:
    """The result."""

    stars: StarScore
    grade: GradeScore


def rate(inputs: RatingInputs, policy: Policy) -> RatingScore:
    """Grade and stars: pure, so any stored rating can be computed again."""
    return RatingScore(
        star_score(effective_counts(inputs.counts, inputs.records), inputs.peers, policy.stars),
        grade_score(inputs.records, policy.grades),
    )


def effective_counts(counts: CountsOf, records: tuple[RecordFacts, ...]) -> CountsOf:
    """Counts after upheld disputes and corrections; never below none or above all."""
    upheld = sum(1 for fact in records if fact.kind is StandingKind.DISPUTE_UPHELD)
    found: dict[Component, Counts] = {}
    for component in Component:
        own = counts.get(component, NOTHING)
        fixes = [fact for fact in records if fact.component is component]
        trials = max(0, own.trials + sum(fact.trials for fact in fixes))
        successes = own.successes + sum(fact.successes for fact in fixes)
        if component is Component.DISPUTES:
            successes -= upheld
        found[component] = Counts(min(max(0, successes), trials), trials)
    return found


def sum_counts(of_all: list[CountsOf]) -> CountsOf:
    """All institutions together: the peers' mean of each component comes from here."""
    return {
        component: Counts(
            sum(counts.get(component, NOTHING).successes for counts in of_all),
            sum(counts.get(component, NOTHING).trials for counts in of_all),
        )
        for component in Component
    }


def inputs_to_json(inputs: RatingInputs) -> dict[str, Any]:
    """The snapshot that is stored beside the result."""
    return {
        "counted_on": inputs.counted_on.isoformat(),
        "counts": _counts_to_json(inputs.counts),
        "peers": _counts_to_json(inputs.peers),
        "records": [_record_to_json(fact) for fact in inputs.records],
    }


def inputs_from_json(stored: Mapping[str, Any]) -> RatingInputs:
    """The inputs as they were then."""
    return RatingInputs(
        counted_on=date.fromisoformat(stored["counted_on"]),
        counts=_counts_from_json(stored["counts"]),
        peers=_counts_from_json(stored["peers"]),
        records=tuple(_record_from_json(row) for row in stored["records"]),
    )


def inputs_sha256(stored: Mapping[str, Any], *, policy_version: int, formula: str) -> str:
    """A fingerprint of what the result depends on: the day of counting alone changes nothing."""
    decisive = {name: stored[name] for name in ("counts", "peers", "records")}
    text = json.dumps(
        [decisive, policy_version, formula], ensure_ascii=False, sort_keys=True, default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()


def score_to_json(score: RatingScore) -> dict[str, Any]:
    """The result as stored: every component with what it was made from."""
    return {
        "components": [
            {**asdict(item), "component": item.component.value, "state": item.state.value}
            for item in score.stars.components
        ],
        "constant": score.stars.constant,
        "weight": score.stars.weight,
        "forced_by": score.grade.forced_by,
    }


def _counts_to_json(counts: CountsOf) -> dict[str, Any]:
    return {
        component.value: {"successes": item.successes, "trials": item.trials}
        for component, item in sorted(counts.items())
    }


def _counts_from_json(stored: Mapping[str, Any]) -> CountsOf:
    return {
        Component(name): Counts(row["successes"], row["trials"]) for name, row in stored.items()
    }


def _record_to_json(fact: RecordFacts) -> dict[str, Any]:
    return {
        "code": fact.code,
        "kind": fact.kind.value,
        "points": fact.points,
        "happened_on": fact.happened_on.isoformat(),
        "valid_until": fact.valid_until.isoformat() if fact.valid_until else None,
        "forces_grade": fact.forces_grade.value if fact.forces_grade else None,
        "component": fact.component.value if fact.component else None,
        "successes": fact.successes,
        "trials": fact.trials,
    }


def _record_from_json(row: Mapping[str, Any]) -> RecordFacts:
    return RecordFacts(
        code=row["code"],
        kind=StandingKind(row["kind"]),
        points=row["points"],
        happened_on=date.fromisoformat(row["happened_on"]),
        valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
        forces_grade=Grade(row["forces_grade"]) if row["forces_grade"] else None,
        component=Component(row["component"]) if row["component"] else None,
        successes=row["successes"],
        trials=row["trials"],
    )
