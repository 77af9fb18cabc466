"""Decisions about pledges: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketplace.foundation.errors import Refusal
from marketplace.pledges import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.pledges.states import PledgeHours

PLEDGES_MAX = 3
"""So many pledges of one person wait at once."""
WINDOW_DAYS_MAX = 270
GROUP_MIN = 5
"""Smaller groups are neither shown nor offered a class: one could guess who they are."""
EMPLOYER_GROUP = (2, 200)
"""People of one employer."""
EMPLOYER_NAME_MAX = 120
OFFER_DAYS = 3
"""A seat is held for so many days, and never beyond the end of enrollment."""


@dataclass(frozen=True, slots=True)
class PledgeFacts:
    """A pledge that is about to be made, and what the person has pledged already."""

    starts_from: date
    starts_until: date
    today: date
    open_pledges: int
    has_same: bool


def refusals_for_pledge(facts: PledgeFacts) -> tuple[Refusal, ...]:
    """Every reason against a pledge."""
    refusals = list(_refusals_for_window(facts.today, facts.starts_from, facts.starts_until))
    if facts.has_same:
        refusals.append(Refusal("pledge_exists", field="occupation"))
    elif facts.open_pledges >= PLEDGES_MAX:
        refusals.append(Refusal("pledges_too_many", {"limit": PLEDGES_MAX}))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """A group that an employer announces."""

    employer_name: str
    uscc_is_valid: bool
    people: int
    starts_from: date
    starts_until: date
    today: date


def refusals_for_group(facts: GroupFacts) -> tuple[Refusal, ...]:
    """Every reason against a group of an employer."""
    refusals: list[Refusal] = []
    if not 0 < len(facts.employer_name) <= EMPLOYER_NAME_MAX:
        most = {"most": EMPLOYER_NAME_MAX}
        refusals.append(Refusal("group_employer_missing", most, field="employer_name"))
    if not facts.uscc_is_valid:
        refusals.append(Refusal("group_uscc_invalid", field="uscc"))
    least, most_people = EMPLOYER_GROUP
    if not least <= facts.people <= most_people:
        limits = {"least": least, "most": most_people}
        refusals.append(Refusal("group_people", limits, field="people"))
    return (*refusals, *_refusals_for_window(facts.today, facts.starts_from, facts.starts_until))


def _refusals_for_window(today: date, first: date, last: date) -> tuple[Refusal, ...]:
    latest = today + timedelta(days=WINDOW_DAYS_MAX)
    if today <= first <= last <= latest:
        return ()
    return (Refusal("pledge_window", {"last": latest}, field="starts_until"),)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A class that is about to be offered to those who pledged."""

    run_is_open: bool
    waiting: int
    """How many pledges it would answer."""
    offered_before: int
    """How many it was offered to earlier: then the line simply goes on."""


def refusals_for_line(facts: LineFacts) -> tuple[Refusal, ...]:
    """The class takes enrollments, and a group large enough waits for it."""
    refusals: list[Refusal] = []
    if not facts.run_is_open:
        refusals.append(Refusal("pledge_run_not_open"))
    if not facts.offered_before and facts.waiting < GROUP_MIN:
        refusals.append(Refusal("pledges_too_few", {"least": GROUP_MIN}))
    return tuple(refusals)


def held_until(now: datetime, *, closes_on: date, zone: ZoneInfo) -> datetime:
    """When a held seat is free again: after OFFER_DAYS, or when enrollment closes."""
    end = datetime.combine(closes_on + timedelta(days=1), time(), zone)
    return min(now + timedelta(days=OFFER_DAYS), end)


def hours_fit(wanted: PledgeHours, *, is_outside_work_hours: bool) -> bool:
    """Whether the hours of a class suit a pledge."""
    if wanted is PledgeHours.ANY:
        return True
    return is_outside_work_hours is (wanted is PledgeHours.OUTSIDE_WORK_HOURS)
