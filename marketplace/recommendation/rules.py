"""In which order courses are suggested to one person, and why: pure.

Only what passed the hard constraints comes here (a voucher of theirs pays for it today, its
institution is accredited for it, a seat is free, it is listed, they have not taken it): the order
never decides what somebody may choose. Points are whole numbers and add up from reasons the
person can read; nothing an institution pays or asks for is among the facts. The weights are our
own choice, as no text sets any; the page shows them (docs/decisions/0076).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.recommendation.states import SuggestionReason

Path = tuple[str, ...]
"""An occupation below everything above it in the classification; a place likewise."""

PER_INSTITUTION_MAX = 2
"""So many courses of one institution stand in one list."""
FAIR_SHARE_TIMES = 2
"""Shown more than so many times its even share, an institution comes after the others."""
SHOWINGS_MIN = 100
"""From so many showings on, shares mean something."""
PEOPLE_SHOWN_MIN = 5
"""Fewer people than that are not counted aloud."""
SOON_DAYS = 30
STARS_MIN = 3.0
EMPLOYED_OF_MIN = 10
"""A share of fewer people is chance."""

WEIGHTS: Mapping[SuggestionReason, int] = {
    SuggestionReason.WANTED: 40,
    SuggestionReason.NEXT_LEVEL: 35,
    SuggestionReason.IN_DEMAND: 25,
    SuggestionReason.NEAR_WANTED: 20,
    SuggestionReason.SAME_COUNTY: 20,
    SuggestionReason.COMPANIONS: 20,
    SuggestionReason.EMPLOYED: 20,
    SuggestionReason.NEAR_LEARNED: 15,
    SuggestionReason.STARS: 15,
    SuggestionReason.SAME_CITY: 12,
    SuggestionReason.ONLINE: 12,
    SuggestionReason.NOTHING_TO_PAY: 10,
    SuggestionReason.OUTSIDE_WORK_HOURS: 10,
    SuggestionReason.STARTS_SOON: 5,
}
"""The most each reason can add, in points; the sum of a course's reasons is its place."""
NEAR_STEPS_MAX = 2
"""Occupations are near when a group at most so many steps up holds both."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A training of the person's own: occupation and level (5 beginner .. 1; none: no level)."""

    occupation: Path
    level: int | None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of the person on the day of asking."""

    on: date
    residence: Path
    workplace: Path
    wanted: Path
    """The occupation they said they want; empty: they have not said."""
    learned: tuple[Learned, ...]
    is_in_work: bool


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    """A class this person could enter with a voucher today."""

    course_id: int
    run_code: str
    institution_id: int
    occupation: Path
    occupation_title: str
    level: int | None
    place: Path
    is_online: bool
    is_outside_work_hours: bool
    """Every lesson is in the evening or at the weekend."""
    starts_on: date
    own_share_fen: int
    in_demand: bool
    employed: int | None
    employed_of: int | None
    stars: float | None
    companions_share: float
    """0 to 1: how much people like this person chose the occupation, the most chosen being 1."""
    companions: int
    """How many of them completed it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in favour, the points it adds, and what its sentence names."""

    kind: SuggestionReason
    points: int
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A course with its reasons, the weightiest first."""

    candidate: CandidateFacts
    reasons: tuple[Reason, ...]

    @property
    def points(self) -> int:
        """The sum of the reasons."""
        return sum(reason.points for reason in self.reasons)


ReasonRule = Callable[[PersonFacts, CandidateFacts], Reason | None]


def suggest(
    person: PersonFacts,
    candidates: Iterable[CandidateFacts],
    *,
    limit: int,
    showings: Mapping[int, int],
) -> list[Suggestion]:
    """The best courses for a person, at most `limit`, with exposure per institution capped.

    A course without any reason is not suggested: it is found by searching. `showings` counts how
    often each institution's courses were suggested lately, to anybody.
    """
    ranked = sorted(
        (
            Suggestion(candidate, reasons_for(person, candidate))
            for candidate in candidates
            if not has_taken(person, candidate)
        ),
        key=lambda one: (-one.points, one.candidate.starts_on, one.candidate.course_id),
    )
    return choose_capped([one for one in ranked if one.reasons], limit=limit, showings=showings)


def choose_capped(
    ranked: Sequence[Suggestion], *, limit: int, showings: Mapping[int, int]
) -> list[Suggestion]:
    """Take from the top, at most PER_INSTITUTION_MAX of an institution.

    Institutions that were shown far beyond their even share get only the places others leave.
    """
    present = {one.candidate.institution_id for one in ranked}
    over = overexposed({owner: showings.get(owner, 0) for owner in present})
    chosen: list[Suggestion] = []
    taken: dict[int, int] = {}
    fair = [one for one in ranked if one.candidate.institution_id not in over]
    rest = [one for one in ranked if one.candidate.institution_id in over]
    for one in [*fair, *rest]:
        owner = one.candidate.institution_id
        if len(chosen) < limit and taken.get(owner, 0) < PER_INSTITUTION_MAX:
            taken[owner] = taken.get(owner, 0) + 1
            chosen.append(one)
    return chosen


def overexposed(showings: Mapping[int, int]) -> frozenset[int]:
    """Institutions shown more than FAIR_SHARE_TIMES their even share of all showings."""
    total = sum(showings.values())
    if total < SHOWINGS_MIN:
        return frozenset()
    limit = FAIR_SHARE_TIMES * total / len(showings)
    return frozenset(owner for owner, count in showings.items() if count > limit)


def has_taken(person: PersonFacts, candidate: CandidateFacts) -> bool:
    """The same occupation and level, or a lower level of it, was learned before."""
    return any(
        bool(earlier.occupation)
        and earlier.occupation == candidate.occupation
        and (
            earlier.level == candidate.level
            or (
                earlier.level is not None
                and candidate.level is not None
                and candidate.level > earlier.level
            )
        )
        for earlier in person.learned
    )


def reasons_for(person: PersonFacts, candidate: CandidateFacts) -> tuple[Reason, ...]:
    """Every reason in favour of a course, the weightiest first."""
    found = [reason for rule in REASON_RULES if (reason := rule(person, candidate)) is not None]
    return tuple(sorted(found, key=lambda reason: -reason.points))


def occupation_steps(one: Path, other: Path) -> int | None:
    """How many steps up from `one` a group holds both; 0 the same, none: nothing in common."""
    shared = _shared(one, other)
    return len(one) - shared if shared and one and other else None


def wanted_occupation(person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """The occupation the person named, or one of its group."""
    steps = occupation_steps(person.wanted, candidate.occupation)
    params = {"occupation": candidate.occupation_title}
    if steps == 0:
        return _reason(SuggestionReason.WANTED, params=params)
    if steps is not None and steps <= NEAR_STEPS_MAX:
        return _reason(SuggestionReason.NEAR_WANTED, 1 / steps, params=params)
    return None


def learned_occupation(person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """The next level of what was learned, or an occupation near it."""
    best: Reason | None = None
    for earlier in person.learned:
        steps = occupation_steps(earlier.occupation, candidate.occupation)
        if steps is None or steps > NEAR_STEPS_MAX:
            continue
        params = {"occupation": candidate.occupation_title, "level": candidate.level}
        if steps == 0:
            is_next = earlier.level is not None and candidate.level == earlier.level - 1
            found = _reason(SuggestionReason.NEXT_LEVEL, params=params) if is_next else None
        else:
            found = _reason(SuggestionReason.NEAR_LEARNED, 1 / steps, params=params)
        if found and (best is None or found.points > best.points):
            best = found
    return best


def local_demand(_person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """On the list of occupations in demand of the person's place (急需紧缺目录)."""
    if not candidate.in_demand:
        return None
    return _reason(SuggestionReason.IN_DEMAND, params={"occupation": candidate.occupation_title})


def nearness(person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """Taught in the person's county or city, or online."""
    if candidate.is_online:
        return _reason(SuggestionReason.ONLINE)
    homes = [home for home in (person.residence, person.workplace) if home]
    tiers = max((_shared(home, candidate.place) for home in homes), default=0)
    if tiers >= COUNTY_TIER:
        return _reason(SuggestionReason.SAME_COUNTY)
    return _reason(SuggestionReason.SAME_CITY) if tiers == COUNTY_TIER - 1 else None


COUNTY_TIER = 3
"""Province, prefecture, county: so many steps of two places' paths are the same."""


def hours(person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """Lessons outside working hours, for somebody in work."""
    if person.is_in_work and candidate.is_outside_work_hours:
        return _reason(SuggestionReason.OUTSIDE_WORK_HOURS)
    return None


def found_work(_person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """How many were in work afterwards, where enough people stand behind the figure."""
    part, of = candidate.employed, candidate.employed_of
    if part is None or of is None or of < EMPLOYED_OF_MIN or part * 2 < of:
        return None
    return _reason(SuggestionReason.EMPLOYED, part / of, params={"count": part, "of": of})


def well_rated(_person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """The stars of the institution, from three on; without data neither for nor against."""
    if candidate.stars is None or candidate.stars < STARS_MIN:
        return None
    stars = f"{candidate.stars:.1f}"
    return _reason(SuggestionReason.STARS, candidate.stars / 5, params={"stars": stars})


def similar_people(_person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """What people of the same categories, or with the same learning, completed."""
    if candidate.companions < PEOPLE_SHOWN_MIN:
        return None
    return _reason(
        SuggestionReason.COMPANIONS,
        candidate.companions_share,
        params={"count": candidate.companions},
    )


def own_price(_person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """The voucher pays all of it."""
    return None if candidate.own_share_fen else _reason(SuggestionReason.NOTHING_TO_PAY)


def soon(person: PersonFacts, candidate: CandidateFacts) -> Reason | None:
    """Begins within a month."""
    days = (candidate.starts_on - person.on).days
    if days > SOON_DAYS:
        return None
    return _reason(SuggestionReason.STARTS_SOON, params={"day": candidate.starts_on})


REASON_RULES: tuple[ReasonRule, ...] = (
    wanted_occupation,
    learned_occupation,
    local_demand,
    nearness,
    hours,
    found_work,
    well_rated,
    similar_people,
    own_price,
    soon,
)


def _reason(
    kind: SuggestionReason, part: float = 1.0, *, params: Mapping[str, Any] | None = None
) -> Reason | None:
    points = round(WEIGHTS[kind] * part)
    return Reason(kind, points, params or {}) if points > 0 else None


def _shared(one: Path, other: Path) -> int:
    """How many steps from the top two paths have in common."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
