"""Decisions about campaigns: who is meant, who is drawn, who may be approached. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from marketplace.campaigns import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.campaigns.labels import CAMPAIGN_STATE_LABELS
from marketplace.campaigns.states import CAMPAIGN_TRANSITIONS, Arm, CampaignState
from marketplace.foundation.errors import Refusal
from marketplace.people.states import WorkerCategory

TITLE_MAX = 80
AGE_LEAST, AGE_MOST = 14, 90
IDLE_MONTHS_MAX = 120
HOLDOUT_LEAST, HOLDOUT_MOST = 0, 50
"""More than half held out would be a study, not a campaign."""
MESSAGES_MAX = 3
MESSAGES_DAYS = 30
"""So many messages at most to one person in so many days, over all campaigns."""
REMINDER_GAP = timedelta(days=7)
"""A reminder follows the last message after a week at the earliest."""


@dataclass(frozen=True, slots=True)
class PopulationRule:
    """Who is meant, besides living or working in the place. Empty fields mean everybody.

    Always left out: holders of a live voucher of the scheme, people who turned suggestions and
    invitations off, and people who got MESSAGES_MAX messages lately.
    """

    categories: tuple[WorkerCategory, ...] = ()
    """One of these, verified and in force on the day of the draw."""
    age_min: int | None = None
    age_max: int | None = None
    """Completed years on the day of the draw, both included."""
    occupation_code: str | None = None
    """Once trained for this occupation or one below it in the classification."""
    idle_months: int | None = None
    """Took a place in no class for so many months; never included."""

    def stored(self) -> dict[str, Any]:
        """As the campaign keeps it."""
        return {
            "categories": [category.value for category in self.categories],
            "age_min": self.age_min,
            "age_max": self.age_max,
            "occupation_code": self.occupation_code,
            "idle_months": self.idle_months,
        }


def population_from(stored: Mapping[str, Any]) -> PopulationRule:
    """Read what `stored` wrote."""
    return PopulationRule(
        categories=tuple(WorkerCategory(value) for value in stored["categories"]),
        age_min=stored["age_min"],
        age_max=stored["age_max"],
        occupation_code=stored["occupation_code"],
        idle_months=stored["idle_months"],
    )


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """A campaign as it is about to be saved, and what its scheme allows."""

    title: str
    population: PopulationRule
    holdout_percent: int
    place_name: str
    place_path: str
    scheme_path: str
    scheme_is_targeted: bool
    occupation_is_known: bool


def refusals_for_draft(facts: DraftFacts) -> tuple[Refusal, ...]:
    """Every reason against a draft, by field."""
    refusals: list[Refusal] = []
    if not facts.title or len(facts.title) > TITLE_MAX:
        refusals.append(Refusal("campaign_title_missing", {"limit": TITLE_MAX}, field="title"))
    if not facts.scheme_is_targeted:
        refusals.append(Refusal("campaign_scheme_not_targeted", field="scheme"))
    if not facts.place_path.startswith(facts.scheme_path):
        params = {"place": facts.place_name}
        refusals.append(Refusal("campaign_place_outside_scheme", params, field="place"))
    if not HOLDOUT_LEAST <= facts.holdout_percent <= HOLDOUT_MOST:
        limits = {"least": HOLDOUT_LEAST, "most": HOLDOUT_MOST}
        refusals.append(Refusal("campaign_holdout", limits, field="holdout_percent"))
    return (*refusals, *_refusals_for_population(facts.population, facts.occupation_is_known))


def _refusals_for_population(
    rule: PopulationRule, occupation_is_known: bool
) -> tuple[Refusal, ...]:
    refusals: list[Refusal] = []
    ages = [age for age in (rule.age_min, rule.age_max) if age is not None]
    if any(not AGE_LEAST <= age <= AGE_MOST for age in ages) or ages != sorted(ages):
        limits = {"least": AGE_LEAST, "most": AGE_MOST}
        refusals.append(Refusal("campaign_ages", limits, field="age_min"))
    if rule.idle_months is not None and not 1 <= rule.idle_months <= IDLE_MONTHS_MAX:
        params = {"most": IDLE_MONTHS_MAX}
        refusals.append(Refusal("campaign_idle_months", params, field="idle_months"))
    if rule.occupation_code and not occupation_is_known:
        code = {"code": rule.occupation_code}
        refusals.append(Refusal("campaign_occupation_unknown", code, field="occupation"))
    return tuple(refusals)


def refusals_for_move(state: CampaignState, wanted: CampaignState) -> tuple[Refusal, ...]:
    """Only the moves of CAMPAIGN_TRANSITIONS."""
    if wanted in CAMPAIGN_TRANSITIONS[state]:
        return ()
    return (Refusal("campaign_state_forbids", {"state": CAMPAIGN_STATE_LABELS[state]}),)


@dataclass(frozen=True, slots=True)
class LaunchFacts:
    """A proposed campaign at the moment of the second signature."""

    state: CampaignState
    proposed_by: int | None
    launched_by: int | None
    people: int
    scheme_in_force: bool
    today: date


def refusals_for_launch(facts: LaunchFacts) -> tuple[Refusal, ...]:
    """Two officers, a scheme in force, somebody to invite."""
    refusals = list(refusals_for_move(facts.state, CampaignState.RUNNING))
    if facts.launched_by is None or facts.launched_by == facts.proposed_by:
        refusals.append(Refusal("same_person"))
    if not facts.scheme_in_force:
        refusals.append(Refusal("scheme_not_in_force", {"day": facts.today}))
    if facts.people == 0:
        refusals.append(Refusal("campaign_empty"))
    return tuple(refusals)


def arm_of(campaign_code: str, worker_code: str, *, holdout_percent: int) -> Arm:
    """Draw a person's group: the same codes give the same answer on any machine, at any time.

    SHA-256 of both codes, taken as a number of hundredths; below the share: held out. Campaigns
    draw independently of each other, and nobody can steer a person into a group.
    """
    digest = hashlib.sha256(f"{campaign_code} {worker_code}".encode()).digest()
    drawn = int.from_bytes(digest[:8]) % 10_000
    return Arm.HELD_OUT if drawn < holdout_percent * 100 else Arm.TREATED


def may_be_reminded(sent: Sequence[datetime], *, now: datetime) -> bool:
    """Whether another message fits: not soon after the last, and not one too many in a month."""
    lately = [at for at in sent if at > now - timedelta(days=MESSAGES_DAYS)]
    return len(lately) < MESSAGES_MAX and all(now - at >= REMINDER_GAP for at in lately)


def years_before(day: date, years: int) -> date:
    """The latest birthday of somebody who has completed so many years on a day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def months_before(day: date, months: int) -> date:
    """The same day so many months ago, or the last day of that month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
