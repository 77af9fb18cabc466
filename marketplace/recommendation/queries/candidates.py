"""Classes a person could enter now, nearest first; and what is known about each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import (
    Course,
    CourseRun,
    CourseVersion,
    Lesson,
    Occupation,
    TrainingOutcome,
)
from marketplace.catalog.queries.search import is_offered
from marketplace.catalog.search_terms import EVENING_FROM
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction

POOL_RUNS_MAX = 200
POOL_COURSES_MAX = 60
"""So many courses are looked at closely; those of near occupations and near places come first."""
LESSONS_MAX = 6_000
_SITE, _SEAT = aliased(Jurisdiction), aliased(Jurisdiction)
_PATH = func.coalesce(_SITE.path, _SEAT.path, "")
"""Where a class is taught; where its site is not known, the institution's seat."""
LEFT_STATES = (EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class OpenRun:
    """The soonest class of a course that takes enrollments today and has a seat."""

    run_id: int
    run_code: str
    course_id: int
    course_code: str
    title: str
    institution_id: int
    institution_name: str
    occupation_id: int | None
    level: int | None
    mode: CourseMode
    fee_fen: int
    currency: str
    place_path: str
    place_name: str | None
    starts_on: date
    ends_on: date
    seats_left: int


def list_open_runs(
    worker_id: int, *, group_ids: Collection[int], home_paths: Sequence[str], on: date
) -> list[OpenRun]:
    """One class per course that the person is not and was not in, the promising ones first.

    `group_ids` are occupations near what the person wants or has learned.
    """
    rows: Sequence[Any] = db.session.execute(
        _joinable_runs(on)
        .where(~_is_taken(worker_id))
        .order_by(
            case((Course.occupation_id.in_(list(group_ids)), 0), else_=1),
            *_nearness(_PATH, home_paths),
            CourseRun.starts_on,
            CourseRun.id,
        )
        .limit(POOL_RUNS_MAX)
    ).all()
    found: dict[int, OpenRun] = {}
    for row in rows:
        run = OpenRun(*row)
        found.setdefault(run.course_id, run)
    return list(found.values())[:POOL_COURSES_MAX]


def _joinable_runs(on: date) -> Select[*tuple[Any, ...]]:
    """Classes of offered courses that take enrollments on a day and have a seat."""
    return (
        select(
            CourseRun.id,
            CourseRun.code,
            Course.id,
            Course.code,
            CourseVersion.title,
            Institution.id,
            Institution.name,
            Course.occupation_id,
            Course.level,
            CourseVersion.mode,
            CourseVersion.fee_fen,
            CourseVersion.currency,
            _PATH,
            func.coalesce(_SITE.name, Institution.city, _SEAT.name),
            CourseRun.starts_on,
            CourseRun.ends_on,
            CourseRun.capacity - CourseRun.seats_taken,
        )
        .join(Course, Course.id == CourseRun.course_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(_SITE, _SITE.id == CourseRun.jurisdiction_id)
        .outerjoin(_SEAT, _SEAT.id == Institution.jurisdiction_id)
        .where(
            is_offered(),
            CourseRun.state == CourseRunState.OPEN,
            CourseRun.seats_taken < CourseRun.capacity,
            CourseRun.enrollment_opens_on <= on,
            CourseRun.enrollment_closes_on >= on,
        )
    )


def _is_taken(worker_id: int) -> ColumnElement[bool]:
    """The person is or was in a class of the course."""
    other = aliased(CourseRun)
    return (
        select(Enrollment.id)
        .join(other, other.id == Enrollment.course_run_id)
        .where(
            Enrollment.worker_id == worker_id,
            other.course_id == Course.id,
            Enrollment.state.not_in(LEFT_STATES),
        )
        .correlate(Course)
        .exists()
    )


def _nearness(path: ColumnElement[Any], home_paths: Sequence[str]) -> list[ColumnElement[Any]]:
    """County before city before elsewhere, for the nearer of home and work."""
    steps = [[code for code in home.split("/") if code] for home in home_paths]
    keys: list[ColumnElement[Any]] = []
    for tier in (3, 2):
        areas = {"/" + "/".join(codes[:tier]) + "/" for codes in steps if len(codes) >= tier}
        if areas:
            inside = [(path.startswith(area, autoescape=True), 0) for area in sorted(areas)]
            keys.append(case(*inside, else_=1))
    return keys


def list_occupation_paths(occupation_ids: Iterable[int | None]) -> dict[int, tuple[str, ...]]:
    """Each occupation's code below those of all groups above it."""
    wanted = sorted({number for number in occupation_ids if number is not None})
    found: dict[int, tuple[int | None, str]] = {}
    pending = set(wanted)
    while pending:
        rows = db.session.execute(
            select(Occupation.id, Occupation.parent_id, Occupation.code)
            .where(Occupation.id.in_(sorted(pending)))
            .order_by(Occupation.id)
            .limit(len(pending))
        ).all()
        found.update({row.id: (row.parent_id, row.code) for row in rows})
        pending = {row.parent_id for row in rows if row.parent_id} - set(found)
    return {number: _path(number, found) for number in wanted if number in found}


def _path(number: int, found: dict[int, tuple[int | None, str]]) -> tuple[str, ...]:
    codes: list[str] = []
    step: int | None = number
    while step is not None and step in found and len(codes) < 10:
        step, code = found[step]
        codes.append(code)
    return tuple(reversed(codes))


def list_near_occupation_ids(occupation_ids: Iterable[int]) -> list[int]:
    """Some occupations and those beside them: of the same group and of the group above it."""
    own = select(Occupation.parent_id).where(Occupation.id.in_(sorted(set(occupation_ids))))
    above = select(Occupation.parent_id).where(Occupation.id.in_(own))
    groups = select(Occupation.id).where(Occupation.parent_id.in_(above))
    near = db.session.scalars(
        select(Occupation.id)
        .where(
            Occupation.id.in_(sorted(set(occupation_ids)))
            | Occupation.parent_id.in_(own)
            | Occupation.parent_id.in_(groups)
        )
        .order_by(Occupation.id)
        .limit(2_000)
    )
    return list(near)


def list_outside_work_hours(run_ids: Collection[int]) -> set[int]:
    """Classes whose every lesson is in the evening or at the weekend (deployment's local time)."""
    rows = db.session.execute(
        select(Lesson.course_run_id, Lesson.starts_at)
        .where(Lesson.course_run_id.in_(run_ids))
        .order_by(Lesson.course_run_id, Lesson.number)
        .limit(LESSONS_MAX)
    )
    outside: set[int] = set()
    inside: set[int] = set()
    for run_id, starts_at in rows:
        local = starts_at.astimezone(clock.zone())
        is_outside = local.weekday() >= 5 or local.time() >= EVENING_FROM
        (outside if is_outside else inside).add(run_id)
    return outside - inside


def list_employed(course_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Of each course's newest figures: how many were in work two quarters later, of how many."""
    rows = db.session.execute(
        select(
            TrainingOutcome.course_id, TrainingOutcome.employed_q2, TrainingOutcome.employed_q2_of
        )
        .where(
            TrainingOutcome.course_id.in_(course_ids),
            TrainingOutcome.employed_q2.is_not(None),
            TrainingOutcome.employed_q2_of.is_not(None),
        )
        .order_by(TrainingOutcome.as_of, TrainingOutcome.period_ends_on, TrainingOutcome.id)
        .limit(20 * (len(course_ids) or 1))
    )
    return {row.course_id: (row.employed_q2, row.employed_q2_of) for row in rows}
