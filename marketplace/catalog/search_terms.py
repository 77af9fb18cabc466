"""What a course can be filtered by, as short words: pure.

`mode:online`, `level:4`, `occupation:6-31`, `place:370500`, `start:2026-12-01`, `open`… A filter
and its count are the set of courses that carry the word, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from marketplace.catalog.course_features import FLAG_WORDS, OTHER_NAMES, languages_of
from marketplace.catalog.distances import Point
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.foundation.text import normal_form

OPEN, FULL = "open", "full"
EVENING, WEEKEND = "evening", "weekend"
STARS_LEAST = (4, 3, 2)
"""So many stars at least can be asked for."""
WHEELCHAIR, CHILDCARE, DEMAND = "wheelchair", "childcare", "demand"
EVENING_FROM = time(17, 0)
"""A lesson from this hour on is one of the evening."""
COMING_STATES = (CourseRunState.OPEN, CourseRunState.FULL, CourseRunState.FILED)


@dataclass(frozen=True, slots=True)
class RunTimes:
    """A coming course run, as far as it can be filtered by."""

    state: CourseRunState
    starts_on: date
    opens_on: date
    closes_on: date
    place_path: str
    lessons: tuple[datetime, ...] = ()
    """Local instants at which its lessons begin."""
    point: Point | None = None
    """Where its site is, if the register says so."""

    def is_joinable(self, today: date) -> bool:
        """Somebody can enroll on it today."""
        return self.state == CourseRunState.OPEN and self.opens_on <= today <= self.closes_on


@dataclass(frozen=True, slots=True)
class Demand:
    """What a list says about an occupation and all below it, in the subtree of a place."""

    occupation_code: str
    place_path: str
    adds: bool = True
    """An exception takes the occupation off the lists above its place."""


def terms_of_course(
    *,
    mode: CourseMode,
    level: int | None,
    occupation_codes: Sequence[str],
    attributes: Mapping[str, Any],
    institution_terms: Sequence[str],
    institution_path: str,
    runs: Sequence[RunTimes],
    demands: Sequence[Demand],
    today: date,
) -> tuple[str, ...]:
    """Everything a course can be filtered by, in order, once each."""
    joinable = [run for run in runs if run.is_joinable(today)]
    paths = [institution_path, *(run.place_path for run in joinable)]
    found = {f"mode:{mode.value}", *institution_terms, *terms_of_features(attributes)}
    # What holds for the institution at large, and by its own words not for this course.
    found -= {flag for flag in FLAG_WORDS if attributes.get(flag) is False}
    found.update(f"occupation:{code}" for code in occupation_codes)
    found.update(f"place:{code}" for path in paths for code in codes_of_path(path))
    if level is not None:
        found.add(f"level:{level}")
    for run in joinable:
        found.add(OPEN)
        found.add(f"start:{run.starts_on.isoformat()}")
        found.update(terms_of_lessons(run.lessons))
    if not joinable and any(run.state == CourseRunState.FULL for run in runs):
        found.add(FULL)
    if any(_is_in_demand(occupation_codes, path, demands) for path in paths):
        found.add(DEMAND)
    return tuple(sorted(found))


def _is_in_demand(occupation_codes: Sequence[str], path: str, demands: Sequence[Demand]) -> bool:
    """What the first entry says that names the occupation there; the nearest stand first."""
    return next(
        (
            demand.adds
            for demand in demands
            if demand.occupation_code in occupation_codes and path.startswith(demand.place_path)
        ),
        False,
    )


def codes_of_path(path: str) -> list[str]:
    """`/370000/370500/` -> the codes of a place and of everything above it."""
    return [code for code in path.split("/") if code]


def terms_of_place_names(names: Sequence[str | None]) -> list[str]:
    """A county and a city of a source without codes of places: `place:essex county`."""
    return [f"place:{normal_form(name)}" for name in names if name and normal_form(name)]


def terms_of_stars(hundredths: int | None) -> list[str]:
    """`stars:4` means four or more. An institution without enough data for stars has none."""
    return [f"stars:{least}" for least in STARS_LEAST if hundredths and hundredths >= 100 * least]


def terms_of_lessons(lessons: Sequence[datetime]) -> set[str]:
    """Evening: no lesson by day on a working day. Weekend: every lesson on one."""
    weekdays = [lesson for lesson in lessons if lesson.weekday() < 5]
    if not lessons:
        return set()
    if not weekdays:
        return {WEEKEND}
    return {EVENING} if all(lesson.time() >= EVENING_FROM for lesson in weekdays) else set()


def terms_of_features(features: Mapping[str, Any]) -> set[str]:
    """What a source says of a course or of the whole institution."""
    if not features:
        return set()
    found = {
        term
        for term in FLAG_WORDS
        if any(features.get(name) is True for name in (term, *OTHER_NAMES.get(term, ())))
    }
    found.update(f"language:{code}" for code in languages_of(features))
    return found
