"""The grade: points of the facts in force, and what a grade brings with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketplace.foundation.errors import Refusal
from marketplace.standing.rules.policy import GradeSettings
from marketplace.standing.states import Component, Grade, StandingKind

ORDER = (Grade.A, Grade.B, Grade.C, Grade.D)


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """A fact of the file as the formula reads it."""

    code: str
    kind: StandingKind
    points: int
    happened_on: date
    valid_until: date | None
    forces_grade: Grade | None = None
    component: Component | None = None
    successes: int = 0
    trials: int = 0

    def is_in_force(self, on: date) -> bool:
        """It happened, and its repair period is not over."""
        return self.happened_on <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True)
class GradeScore:
    """The grade and the points it was made from."""

    grade: Grade
    points: int
    forced_by: str | None
    """The code of the fact that forces a grade, whatever the points."""


def grade_score(records: Iterable[RecordFacts], settings: GradeSettings) -> GradeScore:
    """Base points and those of the facts in force; the worst forced grade goes before points."""
    facts = list(records)
    points = settings.base_points + sum(fact.points for fact in facts)
    earned = next(
        (grade for grade in ORDER if grade in settings.min_points
         and points >= settings.min_points[grade]),
        Grade.D,
    )  # fmt: skip
    forcing = [fact for fact in facts if fact.forces_grade is not None]
    worst = max(forcing, key=lambda fact: ORDER.index(fact.forces_grade or Grade.A), default=None)
    if worst and worst.forces_grade and ORDER.index(worst.forces_grade) > ORDER.index(earned):
        return GradeScore(worst.forces_grade, points, worst.code)
    return GradeScore(earned, points, None)


@dataclass(frozen=True, slots=True)
class GradeBar:
    """A grade that keeps an institution from new course runs, with the rule that says so."""

    grade: Grade
    rule: str


def refusals_for_new_runs(bar: GradeBar | None) -> tuple[Refusal, ...]:
    """政府培训项目禁入: no new course run, and no voucher pays for enrolling here."""
    if bar is None:
        return ()
    return (
        Refusal(
            "grade_bars_new_runs",
            {"grade": bar.grade.value},
            rule=bar.rule,
            remedy="remedy_grade",
        ),
    )
