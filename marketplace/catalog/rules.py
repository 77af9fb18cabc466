"""Decisions about courses and course runs: pure, all reasons at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from marketplace.catalog import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.catalog.states import (
    COURSE_RUN_TRANSITIONS,
    COURSE_TRANSITIONS,
    CourseMode,
    CourseRunState,
    CourseState,
)
from marketplace.foundation.errors import N_, Refusal
from marketplace.institutions.rules import (
    LEVELS,
    STATE_WORDS,
    AccreditationPeriod,
    StateChange,
    find_scope_gap,
    first_day_out_of_standing,
)
from marketplace.institutions.states import InstitutionState
from marketplace.standing.rules.grades import GradeBar, refusals_for_new_runs

SCOPE_RULE = "凡补必进、不进不补"
"""Only what is accredited is listed, and only what is listed is paid (Qinghai 2024)."""

HOURS_MAX = 5_000
FEE_FEN_MAX = 100_000_000
CAPACITY_MAX = 1_000
LESSONS_MAX = 500
LESSON_LENGTH_MAX = timedelta(hours=10)
RUN_LENGTH_MAX = timedelta(days=731)
TITLE_LENGTH_MAX = 200
TEXT_LENGTH_MAX = 8_000

COURSE_STATE_WORDS: dict[CourseState, str] = {
    CourseState.DRAFT: N_("a draft"),
    CourseState.SUBMITTED: N_("under review"),
    CourseState.RETURNED: N_("returned for changes"),
    CourseState.LISTED: N_("listed"),
    CourseState.DELISTED: N_("delisted"),
}
COURSE_RUN_STATE_WORDS: dict[CourseRunState, str] = {
    CourseRunState.PLANNED: N_("planned"),
    CourseRunState.FILED: N_("filed"),
    CourseRunState.OPEN: N_("open for enrollment"),
    CourseRunState.FULL: N_("full"),
    CourseRunState.RUNNING: N_("running"),
    CourseRunState.FINISHED: N_("finished"),
    CourseRunState.CLAIMED: N_("claimed"),
    CourseRunState.CANCELED: N_("canceled"),
}
MODE_WORDS: dict[CourseMode, str] = {
    CourseMode.ONSITE: N_("On site"),
    CourseMode.ONLINE: N_("Online"),
    CourseMode.BLENDED: N_("On site and online"),
}
LEVEL_WORDS: dict[int, str] = {
    5: N_("Level 5 (beginner)"),
    4: N_("Level 4 (intermediate)"),
    3: N_("Level 3 (advanced)"),
    2: N_("Level 2 (technician)"),
    1: N_("Level 1 (senior technician)"),
}
LEVEL_NAMES: dict[int, str] = {
    5: "初级工 五级 初级 level 5",
    4: "中级工 四级 中级 level 4",
    3: "高级工 三级 高级 level 3",
    2: "技师 二级 level 2",
    1: "高级技师 一级 level 1",
}
"""How a level is called in searches, in both languages."""
FEE_PART_WORDS: dict[str, str] = {
    "tuition": N_("Tuition"),
    "fees": N_("Registration and examination fees"),
    "books": N_("Books"),
    "supplies": N_("Tools and material"),
    "other": N_("Other costs"),
    "materials": N_("Course material"),
    "assessment": N_("Assessment fee"),
    "difference": N_("Not itemized"),
}
"""Words as people read them; translated at the edge."""


@dataclass(frozen=True, slots=True)
class CourseContent:
    """What a course says: the text, the hours and the price of one version."""

    title: str
    description: str
    hours: int | None
    mode: CourseMode
    fee_fen: int
    currency: str
    fee_parts: Mapping[str, int] = field(default_factory=dict)
    certificate: str | None = None
    prerequisites: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Its fields by name, parts and attributes as they are: a hundred thousand rows do this."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def sha256(self) -> str:
        """A fingerprint: two versions that say the same have the same."""
        text = json.dumps(self.as_dict(), ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """One meeting as filed: instants with their zone."""

    starts_at: datetime
    ends_at: datetime
    starts_on: date
    ends_on: date
    """The local dates of the two instants."""
    room: str | None = None
    teacher: str | None = None
    topic: str | None = None
    room_id: int | None = None
    trainer_id: int | None = None


@dataclass(frozen=True, slots=True)
class TeachingFacts:
    """Whether a course may be taught at all in a period."""

    course_state: CourseState
    quarantined: bool
    institution_state: InstitutionState
    accreditations: tuple[AccreditationPeriod, ...]
    occupation_code: str | None
    level: int | None
    grade_bar: GradeBar | None = None
    """The institution's grade keeps it from new course runs; those that run go on."""
    state_changes: tuple[StateChange, ...] = ()
    """Decisions on where the institution stands, past and announced."""
    site_id: int | None = None
    """The registered site of the class; empty: none, so a site's accreditation does not cover."""
    site_names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CourseRunPlan:
    """A course run as an institution files it."""

    starts_on: date
    ends_on: date
    enrollment_opens_on: date
    enrollment_closes_on: date
    capacity: int
    site: str
    lessons: tuple[LessonPlan, ...]


def refusals_for_course_content(content: CourseContent, level: int | None) -> tuple[Refusal, ...]:
    """A title and description of bounded length, real hours, a fee whose parts add up."""
    refusals = [*_text_refusals(content)]
    if content.hours is None or not 1 <= content.hours <= HOURS_MAX:
        refusals.append(Refusal("course_hours", field="hours"))
    if not 0 <= content.fee_fen <= FEE_FEN_MAX:
        refusals.append(Refusal("course_fee", field="fee"))
    elif content.fee_parts and sum(content.fee_parts.values()) != content.fee_fen:
        refusals.append(Refusal("course_fee_parts", field="fee"))
    if level is not None and level not in LEVELS:
        refusals.append(Refusal("level_unknown", field="level"))
    return tuple(refusals)


def is_large_withdrawal(withdrawn: int, listed: int, percent_max: int) -> bool:
    """Whether a list withdraws more than a share of what is listed: likely half a list, sent
    as a whole one. The share is a setting of the deployment."""
    return withdrawn * 100 > listed * percent_max


def refusals_for_course_move(present: CourseState, wanted: CourseState) -> tuple[Refusal, ...]:
    """Only the moves of the state table."""
    if wanted in COURSE_TRANSITIONS[present]:
        return ()
    return (Refusal("course_state_forbids", {"state": COURSE_STATE_WORDS[present]}),)


def refusals_for_course_run_move(
    present: CourseRunState, wanted: CourseRunState
) -> tuple[Refusal, ...]:
    """Only the moves of the state table."""
    if wanted in COURSE_RUN_TRANSITIONS[present]:
        return ()
    return (Refusal("course_run_state_forbids", {"state": COURSE_RUN_STATE_WORDS[present]}),)


def refusals_for_institution(state: InstitutionState) -> tuple[Refusal, ...]:
    """Courses come from institutions in good standing, or applying for it."""
    if state in (InstitutionState.ACCREDITED, InstitutionState.APPLIED):
        return ()
    return (Refusal("institution_out_of_standing", {"state": STATE_WORDS[state]}),)


def refusals_for_teaching(
    facts: TeachingFacts, *, first_on: date, last_on: date
) -> tuple[Refusal, ...]:
    """Listed, not held back, by an institution in good standing and accredited every day of it.

    Scope is occupation, level, site and dates; the nearest change that would help is named.
    """
    return (*refusals_for_showing(facts), *_scope_refusals(facts, first_on, last_on))


def refusals_for_spending(
    facts: TeachingFacts, *, first_on: date, last_on: date
) -> tuple[Refusal, ...]:
    """Whether a voucher may be tied to a class: standing and scope as when it was filed."""
    return (*_standing_refusals(facts), *_scope_refusals(facts, first_on, last_on))


def _scope_refusals(facts: TeachingFacts, first_on: date, last_on: date) -> list[Refusal]:
    refusals: list[Refusal] = []
    if first_on > last_on:
        return refusals
    stop = first_day_out_of_standing(
        facts.state_changes, facts.institution_state, first_on, last_on
    )
    if stop and facts.institution_state == InstitutionState.ACCREDITED:
        day = {"day": stop[0], "state": STATE_WORDS[stop[1]]}
        refusals.append(
            Refusal("institution_stops", day, remedy="end_before_stop", field="ends_on")
        )
    if gap := find_scope_gap(
        facts.accreditations,
        occupation_code=facts.occupation_code,
        level=facts.level,
        first_on=first_on,
        last_on=last_on,
        site_id=facts.site_id,
        site_names=facts.site_names,
    ):
        days = {"first": first_on, "last": last_on, **gap.params}
        refusals.append(
            Refusal("accreditation_missing", days, SCOPE_RULE, remedy=gap.remedy, field="starts_on")
        )
    return refusals


def refusals_for_showing(facts: TeachingFacts) -> tuple[Refusal, ...]:
    """Why a course that once was public is not offered now."""
    refusals: list[Refusal] = []
    if facts.course_state != CourseState.LISTED:
        refusals.append(Refusal("course_not_listed"))
    if facts.quarantined:
        refusals.append(Refusal("course_quarantined"))
    return (*refusals, *_standing_refusals(facts))


def _standing_refusals(facts: TeachingFacts) -> tuple[Refusal, ...]:
    if facts.institution_state == InstitutionState.ACCREDITED:
        return ()
    words = STATE_WORDS[facts.institution_state]
    return (Refusal("institution_out_of_standing", {"state": words}),)


def refusals_for_taking_a_place(
    state: CourseRunState, *, enrollment_opens_on: date, enrollment_closes_on: date, today: date
) -> tuple[Refusal, ...]:
    """Why nobody can enroll on a course run today, whoever they are."""
    if state == CourseRunState.FULL:
        return (Refusal("course_run_full"),)
    if state in (CourseRunState.PLANNED, CourseRunState.FILED):
        return (Refusal("enrollment_not_open_yet", {"day": enrollment_opens_on}),)
    if state != CourseRunState.OPEN:
        return (Refusal("course_run_not_open"),)
    if today < enrollment_opens_on:
        return (Refusal("enrollment_not_open_yet", {"day": enrollment_opens_on}),)
    if today > enrollment_closes_on:
        return (Refusal("enrollment_closed", {"day": enrollment_closes_on}),)
    return ()


def refusals_for_filing(
    plan: CourseRunPlan, facts: TeachingFacts, *, today: date
) -> tuple[Refusal, ...]:
    """Everything that keeps a course run from being filed (开班备案)."""
    return (
        *refusals_for_teaching(facts, first_on=plan.starts_on, last_on=plan.ends_on),
        *refusals_for_new_runs(facts.grade_bar),
        *_date_refusals(plan, today),
        *_place_refusals(plan),
        *_lesson_refusals(plan),
    )


def refusals_for_opening(
    state: CourseRunState,
    facts: TeachingFacts,
    *,
    starts_on: date,
    ends_on: date,
    enrollment_closes_on: date,
    today: date,
) -> tuple[Refusal, ...]:
    """What may have changed since filing is asked again when the course run opens."""
    refusals = [*refusals_for_course_run_move(state, CourseRunState.OPEN)]
    refusals += refusals_for_teaching(facts, first_on=starts_on, last_on=ends_on)
    refusals += refusals_for_new_runs(facts.grade_bar)
    if enrollment_closes_on < today:
        refusals.append(Refusal("enrollment_closed", {"day": enrollment_closes_on}))
    return tuple(refusals)


def _text_refusals(content: CourseContent) -> list[Refusal]:
    limits: Sequence[tuple[str, str, str | None, int, bool]] = (
        ("title", N_("Title"), content.title, TITLE_LENGTH_MAX, True),
        ("description", N_("Description"), content.description, TEXT_LENGTH_MAX, True),
        ("certificate", N_("Certificate"), content.certificate, TITLE_LENGTH_MAX, False),
        ("prerequisites", N_("Prerequisites"), content.prerequisites, TEXT_LENGTH_MAX, False),
    )
    refusals: list[Refusal] = []
    for name, label, text, limit, needed in limits:
        if needed and not text:
            refusals.append(Refusal("required", {"label": label}, field=name))
        if text and len(text) > limit:
            refusals.append(Refusal("too_long", {"label": label, "limit": limit}, field=name))
    return refusals


def _date_refusals(plan: CourseRunPlan, today: date) -> list[Refusal]:
    refusals: list[Refusal] = []
    if plan.ends_on < plan.starts_on:
        refusals.append(Refusal("course_run_ends_before_start", field="ends_on"))
    elif plan.ends_on - plan.starts_on > RUN_LENGTH_MAX:
        refusals.append(Refusal("course_run_too_long", field="ends_on"))
    if plan.starts_on < today:
        days = {"day": plan.starts_on}
        refusals.append(Refusal("course_run_starts_in_past", days, field="starts_on"))
    if plan.enrollment_closes_on < plan.enrollment_opens_on:
        refusals.append(Refusal("enrollment_window", field="enrollment_closes_on"))
    if plan.enrollment_closes_on > plan.starts_on:
        refusals.append(Refusal("enrollment_closes_late", field="enrollment_closes_on"))
    if plan.enrollment_closes_on < today:
        days = {"day": plan.enrollment_closes_on}
        refusals.append(Refusal("enrollment_closed", days, field="enrollment_closes_on"))
    return refusals


def _place_refusals(plan: CourseRunPlan) -> list[Refusal]:
    refusals: list[Refusal] = []
    if not 1 <= plan.capacity <= CAPACITY_MAX:
        refusals.append(Refusal("capacity_range", field="capacity"))
    if not plan.site:
        refusals.append(Refusal("required", {"label": N_("Place")}, field="site"))
    return refusals


def _lesson_refusals(plan: CourseRunPlan) -> list[Refusal]:
    if not plan.lessons:
        return [Refusal("lessons_missing", field="lessons")]
    if len(plan.lessons) > LESSONS_MAX:
        return [Refusal("lessons_too_many", field="lessons")]
    refusals: list[Refusal] = []
    for number, lesson in enumerate(plan.lessons, start=1):
        if code := _fault_of_lesson(lesson, plan):
            refusals.append(Refusal(code, {"number": number}, field="lessons"))
    return refusals + _overlaps(plan.lessons)


def _fault_of_lesson(lesson: LessonPlan, plan: CourseRunPlan) -> str | None:
    if lesson.ends_at <= lesson.starts_at:
        return "lesson_times"
    if lesson.ends_at - lesson.starts_at > LESSON_LENGTH_MAX:
        return "lesson_too_long"
    if lesson.starts_on < plan.starts_on or lesson.ends_on > plan.ends_on:
        return "lesson_outside"
    return None


def _overlaps(lessons: Sequence[LessonPlan]) -> list[Refusal]:
    """Pairs of neighbors in time that overlap; lessons that touch do not."""
    in_time = sorted(enumerate(lessons, start=1), key=lambda pair: pair[1].starts_at)
    refusals: list[Refusal] = []
    latest_number, latest = in_time[0]
    for number, lesson in in_time[1:]:
        if lesson.starts_at < latest.ends_at:
            first, second = sorted((latest_number, number))
            numbers = {"first": first, "second": second}
            refusals.append(Refusal("lessons_overlap", numbers, field="lessons"))
        if lesson.ends_at > latest.ends_at:
            latest_number, latest = number, lesson
    return refusals
