"""Which vacancies fit what somebody has learned, and when a referral may be made or ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.employers import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.employers.states import EmploymentEvidence, FitReason, ReferralState
from marketplace.foundation.errors import Refusal


@dataclass(frozen=True, slots=True)
class Achievement:
    """An occupation somebody completed a training for, and the level of it."""

    occupation_code: str
    level: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a vacancy asks for; places are paths such as `/22/2208/220802`."""

    occupation_code: str | None
    level: int | None
    place_path: str | None


def related_occupation(one: str, other: str) -> bool:
    """The same small group of China's classification: `4-10-01-05` and `4-10-01-02`."""
    group, _dash, _last = one.rpartition("-")
    return group.count("-") == 2 and other.startswith(f"{group}-")


def find_fit(
    wanted: Wanted, achievements: Sequence[Achievement], home_paths: Sequence[str]
) -> tuple[FitReason, ...]:
    """Why a vacancy fits, most telling reason first; nothing: it does not.

    Only occupations decide: a place or a level alone is no fit. Nobody pays for a place in the
    list, so its order is these reasons and then the day.
    """
    found = [
        (FitReason.SAME_OCCUPATION if done.occupation_code == wanted.occupation_code
         else FitReason.RELATED_OCCUPATION, done)
        for done in achievements
        if wanted.occupation_code is not None
        and (done.occupation_code == wanted.occupation_code
             or related_occupation(done.occupation_code, wanted.occupation_code))
    ]  # fmt: skip
    if not found:
        return ()
    # Levels count downwards: 5 is the beginner's, 1 the senior technician's.
    reason, best = min(
        found,
        key=lambda item: (item[0] is not FitReason.SAME_OCCUPATION, item[1].level or 6),
    )
    reasons = [reason]
    if wanted.level is not None:
        suffices = best.level is not None and best.level <= wanted.level
        reasons.append(FitReason.LEVEL_SUFFICES if suffices else FitReason.LEVEL_BELOW)
    reasons += _nearness(wanted.place_path, home_paths)
    return tuple(reasons)


def _nearness(place: str | None, homes: Sequence[str]) -> list[FitReason]:
    if place is None:
        return []
    steps = _steps(place)
    known = [_steps(home) for home in homes]
    if len(steps) >= 3 and any(home[:3] == steps[:3] for home in known):
        return [FitReason.SAME_COUNTY]
    if len(steps) >= 2 and any(home[:2] == steps[:2] for home in known):
        return [FitReason.SAME_CITY]
    return []


def _steps(path: str) -> list[str]:
    return [step for step in path.split("/") if step]


def fit_order(reasons: tuple[FitReason, ...]) -> tuple[bool, bool, int]:
    """Sorts the best fit first: the very occupation, a level that suffices, then nearness."""
    near = {FitReason.SAME_COUNTY: 0, FitReason.SAME_CITY: 1}
    return (
        FitReason.SAME_OCCUPATION not in reasons,
        FitReason.LEVEL_BELOW in reasons,
        min((near[reason] for reason in reasons if reason in near), default=2),
    )


def refusals_for_referral(
    *, is_open: bool, is_referred: bool, has_consented: bool
) -> tuple[Refusal, ...]:
    """Every reason why somebody cannot be referred now."""
    refusals = []
    if not is_open:
        refusals.append(Refusal("vacancy_closed"))
    if is_referred:
        refusals.append(Refusal("already_referred"))
    if not has_consented:
        refusals.append(Refusal("consent_needed", field="consent"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class EmploymentFacts:
    """What a decision about recording an employment needs to know."""

    state: ReferralState
    has_proof: bool
    """This kind of document has proven it already; another kind may prove it again, later."""
    referred_on: date
    today: date
    started_on: date
    evidence: EmploymentEvidence
    note: str


def refusals_for_employment(facts: EmploymentFacts) -> tuple[Refusal, ...]:
    """Every reason why this employment cannot be recorded."""
    refusals = []
    is_said = facts.evidence is EmploymentEvidence.SELF_DECLARED
    may_be_proven = facts.state is ReferralState.EMPLOYED and not facts.has_proof and not is_said
    if facts.state is not ReferralState.MADE and not may_be_proven:
        refusals.append(Refusal("referral_ended"))
    if facts.started_on > facts.today:
        refusals.append(Refusal("employment_in_future", field="started_on"))
    if facts.started_on < facts.referred_on:
        refusals.append(Refusal("employment_before_referral", field="started_on"))
    if not is_said and not facts.note:
        refusals.append(Refusal("proof_of_work_needed", field="note"))
    return tuple(refusals)
