"""When a visit may be planned, begun and submitted. Pure.

No text we read sets these figures: doors open as for signing in, and the days of an answer are
the product's own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.inspections import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.inspections.states import GOOD, Observation, VisitState

BEGIN_BEFORE = timedelta(minutes=15)
HEADS_MAX = 2_000
DOCUMENTS_MAX = 12
ANSWER_DAYS = 10
COMMENT_MAX = 2_000


@dataclass(frozen=True, slots=True)
class VisitSight:
    """What an inspector saw of a lesson, for whoever compares it with the records."""

    visit_code: str
    inspector_id: int
    lesson_id: int
    head_count: int
    begun_at: datetime
    submitted_at: datetime
    is_roll_call: bool
    """Learners were ticked one by one; else only heads were counted."""
    seen: frozenset[int]
    """Enrollments."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What planning a visit needs to know."""

    today: date
    planned_on: date
    lesson_days: frozenset[date]
    is_canceled: bool
    is_own: bool
    """The inspector works for the institution."""


def refusals_for_plan(facts: PlanFacts) -> tuple[Refusal, ...]:
    """Every reason why this class cannot be visited on that day by that person."""
    refusals = []
    if facts.is_own:
        refusals.append(Refusal("own_matter"))
    if facts.is_canceled:
        refusals.append(Refusal("visit_class_canceled"))
    if facts.planned_on < facts.today:
        refusals.append(Refusal("visit_day_past", field="planned_on"))
    elif facts.planned_on not in facts.lesson_days:
        day = {"day": facts.planned_on}
        refusals.append(Refusal("visit_day_without_lesson", day, field="planned_on"))
    return tuple(refusals)


def refusals_for_begin(
    *, now: datetime, starts_at: datetime, ends_at: datetime
) -> tuple[Refusal, ...]:
    """On site is during the lesson, or while people come."""
    if starts_at - BEGIN_BEFORE <= now <= ends_at:
        return ()
    times = {"starts_at": starts_at, "ends_at": ends_at}
    params = {**times, "minutes": int(BEGIN_BEFORE.total_seconds()) // 60}
    return (Refusal("visit_no_lesson_now", params, remedy="choose_lesson_of_now"),)


@dataclass(frozen=True, slots=True)
class SubmissionFacts:
    """What an inspector states at the end of a visit."""

    state: VisitState
    head_count: int | None
    seen: frozenset[int]
    roster: frozenset[int]
    observations: frozenset[Observation]
    comment: str


def refusals_for_submission(facts: SubmissionFacts) -> tuple[Refusal, ...]:
    """Every reason why what is stated cannot be kept for good."""
    if facts.state is VisitState.PLANNED:
        return (Refusal("visit_not_begun"),)
    refusals = [*_refusals_for_heads(facts)]
    if facts.seen - facts.roster:
        refusals.append(Refusal("seen_not_of_class"))
    if not facts.observations:
        refusals.append(Refusal("observation_missing", field="observations"))
    if Observation.IN_ORDER in facts.observations and facts.observations - GOOD:
        refusals.append(Refusal("observation_contradicts", field="observations"))
    if Observation.OTHER in facts.observations and not facts.comment:
        refusals.append(Refusal("comment_missing", field="comment"))
    return tuple(refusals)


def _refusals_for_heads(facts: SubmissionFacts) -> tuple[Refusal, ...]:
    if facts.head_count is None or not 0 <= facts.head_count <= HEADS_MAX:
        return (Refusal("head_count_wrong", {"limit": HEADS_MAX}, field="head_count"),)
    if len(facts.seen) > facts.head_count:
        params = {"seen": len(facts.seen), "heads": facts.head_count}
        return (Refusal("head_count_below_seen", params, field="head_count"),)
    return ()


def is_roll_call(*, head_count: int, seen: Collection[int]) -> bool:
    """Names were compared when somebody was ticked, or when nobody was there to be ticked."""
    return bool(seen) or head_count == 0


def answer_due_on(submitted_on: date) -> date:
    """The last day of an answer."""
    return submitted_on + timedelta(days=ANSWER_DAYS)
