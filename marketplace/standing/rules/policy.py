"""A version of the rating policy as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.standing.states import Component, Grade, NewRuns, StandingKind


@dataclass(frozen=True, slots=True)
class StarSettings:
    """How the stars are made; proportions are between 0 and 1."""

    window_months: int
    prior_strength: int
    """As many imagined learners with the peers' mean are added to every component."""
    confidence: float
    floor: float
    """The score of one star."""
    ceiling: float
    """The score of five stars."""
    component_n_min: int
    evidence_n_min: int
    weight_min: float
    completion_rate_min_percent: int
    employment_quarter: int
    publish_n_min: int
    """Outcomes of fewer learners are not published."""
    weights: Mapping[Component, float]


@dataclass(frozen=True, slots=True)
class GradeSettings:
    """Points everybody begins with, and the least points of A, B and C; below C is D."""

    base_points: int
    min_points: Mapping[Grade, int]


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """What a kind of fact weighs, how long, whether the public reads it."""

    points: int
    months: int | None
    is_public: bool
    clause: str
    forces_grade: Grade | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """What a grade brings with it: applied to new runs, claims (sample, hold) and advances."""

    new_runs: NewRuns
    payout_hold_days: int
    inspection_sample_percent: int
    advance_max_percent: int


@dataclass(frozen=True, slots=True)
class Policy:
    """One dated version of all settings."""

    version: int
    valid_from: date
    title: Mapping[str, str]
    sources: tuple[tuple[str, str], ...]
    """Clause and what it says."""
    stars: StarSettings
    grades: GradeSettings
    records: Mapping[StandingKind, RecordSettings]
    effects: Mapping[Grade, Effects]
    effects_clause: str
    appeal_days: int

    def setting_for(self, kind: StandingKind) -> RecordSettings:
        """What a kind weighs; a version older than a kind weighs it like a faulty inspection."""
        return self.records.get(kind) or self.records[StandingKind.INSPECTION_FAULT]

    @property
    def effects_rule(self) -> str:
        """Clause and version, as a refusal cites them."""
        return f"{self.effects_clause} · v{self.version}"


def policy_from(content: Mapping[str, Any], *, version: int) -> Policy:
    """Settings in normal form (see `policy_file.read_policy`) as typed data."""
    return Policy(
        version=version,
        valid_from=date.fromisoformat(content["valid_from"]),
        title=content["title"],
        sources=tuple((row["clause"], row.get("note", "")) for row in content["sources"]),
        stars=_stars(content["stars"]),
        grades=GradeSettings(
            content["grades"]["base_points"],
            {Grade(name): least for name, least in content["grades"]["min_points"].items()},
        ),
        records={
            StandingKind(kind): _record_setting(row) for kind, row in content["records"].items()
        },
        effects={grade: _effects(content["effects"][grade.value]) for grade in Grade},
        effects_clause=content["effects"]["clause"],
        appeal_days=content["appeal_days"],
    )


def _stars(row: Mapping[str, Any]) -> StarSettings:
    return StarSettings(
        window_months=row["window_months"],
        prior_strength=row["prior_strength"],
        confidence=row["confidence_percent"] / 100,
        floor=row["floor_percent"] / 100,
        ceiling=row["ceiling_percent"] / 100,
        component_n_min=row["component_n_min"],
        evidence_n_min=row["evidence_n_min"],
        weight_min=row["weight_min_percent"] / 100,
        completion_rate_min_percent=row["completion_rate_min_percent"],
        employment_quarter=row["employment_quarter"],
        publish_n_min=row["publish_n_min"],
        weights={component: row["weights_percent"].get(component.value, 0) / 100
                 for component in Component},
    )  # fmt: skip


def _record_setting(row: Mapping[str, Any]) -> RecordSettings:
    forced = row.get("grade")
    return RecordSettings(
        row["points"], row.get("months"), row["public"], row["clause"],
        Grade(forced) if forced else None,
    )  # fmt: skip


def _effects(row: Mapping[str, Any]) -> Effects:
    return Effects(
        NewRuns(row["new_runs"]),
        row["payout_hold_days"],
        row["inspection_sample_percent"],
        row["advance_max_percent"],
    )
