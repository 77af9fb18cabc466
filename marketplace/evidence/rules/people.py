"""Nobody is in two places at once, learns longer than a day allows, or travels like a plane."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from marketplace.evidence.rules.facts import (
    Finding,
    LessonFacts,
    PresenceFacts,
    RunFacts,
    by_person,
    day_of,
    do_overlap,
    line_of,
    make_finding,
    span_of,
)
from marketplace.evidence.states import FindingKind

HOURS_A_DAY_MAX = 10
TRAVEL_KM_PER_HOUR = 120
TRAVEL_KM_FREE = 2
"""The next street, and coordinates that are not exact."""
_EARTH_KM = 6371.0


def find_person_overlaps(facts: RunFacts) -> Iterator[Finding]:
    """EV-1: nobody is in two lessons at once."""
    for person, own in by_person(facts):
        pairs = [
            (mine, other)
            for mine in own
            for other in person
            if (mine.lesson.lesson_id != other.lesson.lesson_id)
            and do_overlap(mine.lesson, other.lesson)
        ]
        if pairs:
            first = min((mine.lesson for mine, _other in pairs), key=lambda one: one.starts_at)
            lines = [
                f"{line_of(mine.lesson, facts.zone)} / {line_of(other.lesson, facts.zone)}"
                for mine, other in pairs
            ]
            yield make_finding(
                FindingKind.PERSON_OVERLAP,
                own[0].enrollment_id,
                {"when": span_of(first, facts.zone)},
                lines,
            )


def find_long_days(facts: RunFacts) -> Iterator[Finding]:
    """EV-4: at most ten hours of lessons a day; what overlaps is counted once (EV-1 sees it)."""
    for person, own in by_person(facts):
        days: dict[date, list[PresenceFacts]] = defaultdict(list)
        for one in person:
            days[day_of(one.lesson.starts_at, facts.zone)].append(one)
        own_days = {day_of(one.lesson.starts_at, facts.zone) for one in own}
        for day in sorted(own_days):
            taught = _length(one.lesson for one in days[day])
            if taught > timedelta(hours=HOURS_A_DAY_MAX):
                hours = f"{taught / timedelta(hours=1):.1f}"
                yield make_finding(
                    FindingKind.LONG_DAY,
                    own[0].enrollment_id,
                    {"hours": hours, "limit": HOURS_A_DAY_MAX, "when": day.isoformat()},
                    [line_of(one.lesson, facts.zone) for one in days[day]],
                )
                break


def find_travels(facts: RunFacts) -> Iterator[Finding]:
    """EV-10: between two lessons of a day there is time for the way, as the crow flies."""
    for person, own in by_person(facts):
        ordered = sorted(person, key=lambda one: one.lesson.starts_at)
        for before, after in pairwise(ordered):
            if own[0].enrollment_id not in (before.enrollment_id, after.enrollment_id):
                continue
            gap = after.lesson.starts_at - before.lesson.ends_at
            far = distance_km(before.lesson.place, after.lesson.place)
            if gap < timedelta() or far is None or far <= TRAVEL_KM_FREE:
                continue
            if far > gap / timedelta(hours=1) * TRAVEL_KM_PER_HOUR:
                lines = [line_of(one.lesson, facts.zone) for one in (before, after)]
                params = {
                    "km": round(far),
                    "minutes": int(gap.total_seconds()) // 60,
                    "when": span_of(after.lesson, facts.zone),
                }
                yield make_finding(FindingKind.TRAVEL, own[0].enrollment_id, params, lines)
                break


def _length(lessons: Iterable[LessonFacts]) -> timedelta:
    """How long lessons last together, minutes that overlap counted once."""
    total, until = timedelta(), None
    for lesson in sorted(lessons, key=lambda one: one.starts_at):
        begins = lesson.starts_at if until is None else max(lesson.starts_at, until)
        if lesson.ends_at > begins:
            total += lesson.ends_at - begins
            until = lesson.ends_at
    return total


def distance_km(one: tuple[float, float] | None, other: tuple[float, float] | None) -> float | None:
    """Great-circle distance by the haversine formula."""
    if one is None or other is None:
        return None
    (north1, east1), (north2, east2) = (tuple(map(radians, place)) for place in (one, other))
    half = sin((north2 - north1) / 2) ** 2
    half += cos(north1) * cos(north2) * sin((east2 - east1) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))
