"""Filing in time, and what of a filed class may still change. Pure, all reasons at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from marketplace.catalog.rules import (
    COURSE_RUN_STATE_WORDS,
    CourseRunPlan,
    LessonPlan,
    TeachingFacts,
    refusals_for_filing,
)
from marketplace.catalog.states import CourseRunState, LateFilingState
from marketplace.foundation.errors import N_, Refusal

CHANGEABLE = (
    CourseRunState.FILED,
    CourseRunState.OPEN,
    CourseRunState.FULL,
    CourseRunState.RUNNING,
)
CHANGE_WORDS: dict[str, str] = {
    "site": N_("Place"),
    "dates": N_("First and last day"),
    "window": N_("Enrollment"),
    "capacity": N_("Places"),
    "times": N_("Lesson times"),
    "teacher": N_("Teacher"),
    "topics": N_("Topics"),
}
TOLD = ("site", "times", "teacher")
"""What learners are told about; the rest does not touch who is enrolled."""


def last_day_to_file(starts_on: date, days_min: int) -> date:
    """The last day on which a class is filed without anybody's consent (开班备案)."""
    return starts_on - timedelta(days=days_min)


def is_filed_late(starts_on: date, *, today: date, days_min: int) -> bool:
    """Fewer days before the first day than the office has settled."""
    return today > last_day_to_file(starts_on, days_min)


def refusals_for_late_filing(
    starts_on: date, *, today: date, days_min: int, late_reason: str, rule: str | None
) -> tuple[Refusal, ...]:
    """A class is filed in time, or says why not; an officer then decides before it opens."""
    if starts_on < today or late_reason:
        return ()
    if not is_filed_late(starts_on, today=today, days_min=days_min):
        return ()
    params = {"days": days_min, "until": last_day_to_file(starts_on, days_min)}
    return (Refusal("course_run_filed_late", params, rule=rule, field="late_reason"),)


def refusals_for_opening_late(state: LateFilingState | None, answer: str | None) -> list[Refusal]:
    """A late filing without an officer's consent does not open."""
    if state is LateFilingState.ASKED:
        return [Refusal("late_filing_waits")]
    if state is LateFilingState.REFUSED:
        return [Refusal("late_filing_refused", {"answer": answer or ""})]
    return []


@dataclass(frozen=True, slots=True)
class RunChangeFacts:
    """A filed class, what it is to become, and who relies on it."""

    now: datetime
    today: date
    filed_on: date
    state: CourseRunState
    before: CourseRunPlan
    after: CourseRunPlan
    teaching: TeachingFacts
    seats_taken: int
    reason: str
    filing_days_min: int


def refusals_for_run_change(facts: RunChangeFacts) -> tuple[Refusal, ...]:
    """Why a filed class cannot become this: its state, its learners, or the rules of filing."""
    if facts.state not in CHANGEABLE:
        words = COURSE_RUN_STATE_WORDS[facts.state]
        return (Refusal("course_run_state_forbids", {"state": words}),)
    refusals = [*_refusals_for_learners(facts), *_refusals_for_begun(facts)]
    # The dates were in order on the day of filing; what is new is asked about today.
    refusals += refusals_for_filing(facts.after, facts.teaching, today=facts.filed_on)
    refusals += _refusals_for_new_days(facts)
    return tuple(refusals)


def run_changes(before: CourseRunPlan, after: CourseRunPlan) -> list[dict[str, Any]]:
    """What differs, in words that need no table: `{"what", "before", "after"}` each."""
    compared: dict[str, tuple[object, object]] = {
        "site": (before.site, after.site),
        "dates": (_days(before), _days(after)),
        "window": (_window(before), _window(after)),
        "capacity": (str(before.capacity), str(after.capacity)),
        "times": _pairs(before, after, _time_text),
        "teacher": _pairs(before, after, lambda lesson: lesson.teacher or ""),
        "topics": _pairs(before, after, lambda lesson: lesson.topic or ""),
    }
    return [
        {"what": what, "before": old, "after": new}
        for what, (old, new) in compared.items()
        if old != new
    ]


def _refusals_for_learners(facts: RunChangeFacts) -> list[Refusal]:
    refusals: list[Refusal] = []
    if facts.after.capacity < facts.seats_taken:
        params = {"count": facts.seats_taken}
        refusals.append(Refusal("capacity_below_taken", params, field="capacity"))
    if not facts.seats_taken:
        return refusals
    if _days(facts.before) != _days(facts.after):
        # The price, the voucher's validity and the accreditation were decided for these days.
        refusals.append(Refusal("run_dates_fixed", field="starts_on"))
    told = {change["what"] for change in run_changes(facts.before, facts.after)} & set(TOLD)
    if told and not facts.reason:
        refusals.append(Refusal("reason_missing", field="reason"))
    return refusals


def _refusals_for_begun(facts: RunChangeFacts) -> list[Refusal]:
    refusals: list[Refusal] = []
    old, new = facts.before.lessons, facts.after.lessons
    for number, lesson in enumerate(old, start=1):
        if lesson.starts_at > facts.now:
            break
        same = number <= len(new) and _times(new[number - 1]) == _times(lesson)
        if not same:
            refusals.append(Refusal("lesson_begun", {"number": number}, field="lessons"))
    known = {_times(lesson) for lesson in old}
    for number, lesson in enumerate(new, start=1):
        if lesson.starts_at <= facts.now and _times(lesson) not in known:
            refusals.append(Refusal("lesson_in_past", {"number": number}, field="lessons"))
    return refusals


def _refusals_for_new_days(facts: RunChangeFacts) -> list[Refusal]:
    before, after, today = facts.before, facts.after, facts.today
    refusals: list[Refusal] = []
    if after.starts_on != before.starts_on:
        if after.starts_on < today:
            params = {"day": after.starts_on}
            refusals.append(Refusal("course_run_starts_in_past", params, field="starts_on"))
        elif is_filed_late(after.starts_on, today=today, days_min=facts.filing_days_min):
            until = last_day_to_file(after.starts_on, facts.filing_days_min)
            late = {"days": facts.filing_days_min, "until": until}
            refusals.append(Refusal("course_run_filed_late", late, field="starts_on"))
    closes_on = after.enrollment_closes_on
    if closes_on != before.enrollment_closes_on and closes_on < today:
        params = {"day": closes_on}
        refusals.append(Refusal("enrollment_closed", params, field="enrollment_closes_on"))
    return refusals


def _times(lesson: LessonPlan) -> tuple[datetime, datetime]:
    return lesson.starts_at, lesson.ends_at


def _days(plan: CourseRunPlan) -> str:
    return f"{plan.starts_on} – {plan.ends_on}"


def _window(plan: CourseRunPlan) -> str:
    return f"{plan.enrollment_opens_on} – {plan.enrollment_closes_on}"


def _pairs(before: CourseRunPlan, after: CourseRunPlan, shown: Any) -> tuple[list[str], list[str]]:
    """Only the lessons that differ, each side with its own."""
    old, new = _texts(before.lessons, shown), _texts(after.lessons, shown)
    length = max(len(old), len(new))
    old, new = old + [""] * (length - len(old)), new + [""] * (length - len(new))
    differing = [(left, right) for left, right in zip(old, new, strict=True) if left != right]
    return [left for left, _right in differing], [right for _left, right in differing]


def _texts(lessons: Sequence[LessonPlan], shown: Any) -> list[str]:
    return [shown(lesson) for lesson in lessons]


def _time_text(lesson: LessonPlan) -> str:
    """In the zone the instants carry: the operation gives them in the deployment's."""
    return f"{lesson.starts_at:%Y-%m-%d %H:%M}–{lesson.ends_at:%H:%M}"
