"""Courses of a list as the reader sees them, read from the tables at the moment of showing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, String, bindparam, cast, func, select

from marketplace.catalog.models import Course, CourseRun, CourseVersion
from marketplace.catalog.search_terms import COMING_STATES
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction


@dataclass(frozen=True, slots=True)
class CourseCard:
    """A course in a list: what, whose, where and when, for how much, can I get in."""

    course_id: int
    code: str
    source_key: str
    title: str
    institution_code: str
    institution_name: str
    place: str | None
    hours: int | None
    mode: CourseMode
    level: int | None
    fee: Money
    next_run_id: int | None
    """The soonest run that can be enrolled on today."""
    next_run_starts_on: date | None
    next_run_seats_left: int | None
    full_run_starts_on: date | None
    """None can be enrolled on; the soonest one that is full begins on this day."""
    next_run_opens_on: date | None
    """None can be enrolled on; enrollment for one that is planned opens on this day."""
    distance_m: int | None = None
    """How far the nearest place is where it is taught; none: not asked, or not known."""


@dataclass(slots=True)
class _Runs:
    """The runs of one course that matter in a list."""

    joinable: Any = None
    full: Any = None
    planned: Any = None


def read_cards(course_ids: Sequence[int]) -> list[CourseCard]:
    """Cards in the order asked for; two queries, however many.

    Only columns are read, straight from the connection, by statements made once: making them
    anew, and objects of rows, would cost more than the rows.
    """
    if not course_ids:
        return []
    connection = db.session.connection()
    ids = list(course_ids)
    rows = connection.execute(_card_statement(), {"ids": ids, "most": len(ids)})
    runs = _read_runs(connection, ids)
    cards = {row.id: _card(row, runs.get(row.id, _Runs())) for row in rows}
    return [cards[course_id] for course_id in ids if course_id in cards]


def _card(row: Any, coming: _Runs) -> CourseCard:
    joinable = coming.joinable
    full = None if joinable else coming.full
    planned = None if joinable else coming.planned
    return CourseCard(
        course_id=row.id,
        code=row.code,
        source_key=row.source_key,
        title=row.title,
        institution_code=row.institution_code,
        institution_name=row.institution_name,
        place=row.place,
        hours=row.hours,
        mode=row.mode,
        level=row.level,
        fee=Money(row.fee_fen, row.currency),
        next_run_id=joinable.id if joinable else None,
        next_run_starts_on=joinable.starts_on if joinable else None,
        next_run_seats_left=joinable.capacity - joinable.seats_taken if joinable else None,
        full_run_starts_on=full.starts_on if full else None,
        next_run_opens_on=planned.enrollment_opens_on if planned else None,
    )


@lru_cache(maxsize=1)
def _card_statement() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Course.id,
            Course.code,
            Course.source_key,
            CourseVersion.title,
            Institution.code.label("institution_code"),
            Institution.name.label("institution_name"),
            func.coalesce(Institution.city, Jurisdiction.name).label("place"),
            CourseVersion.hours,
            CourseVersion.mode,
            Course.level,
            CourseVersion.fee_fen,
            CourseVersion.currency,
        )
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(Course.id.in_(bindparam("ids", expanding=True)))
        .order_by(Course.id)
        .limit(bindparam("most"))
    )


@lru_cache(maxsize=1)
def _run_statement() -> Select[*tuple[Any, ...]]:
    return (
        select(
            CourseRun.id,
            CourseRun.course_id,
            CourseRun.state,
            CourseRun.starts_on,
            CourseRun.enrollment_opens_on,
            CourseRun.capacity,
            CourseRun.seats_taken,
        )
        .where(
            CourseRun.course_id.in_(bindparam("ids", expanding=True)),
            # As text: SQLite would rather walk all runs in these states than those of 20 courses.
            cast(CourseRun.state, String).in_([state.value for state in COMING_STATES]),
            CourseRun.enrollment_closes_on >= bindparam("today"),
        )
        .order_by(CourseRun.starts_on, CourseRun.id)
        .limit(bindparam("most"))
    )


def _read_runs(connection: Connection, course_ids: list[int]) -> dict[int, _Runs]:
    today = clock.today()
    values = {"ids": course_ids, "today": today, "most": 50 * len(course_ids)}
    found: dict[int, _Runs] = {}
    for run in connection.execute(_run_statement(), values):
        of_course = found.setdefault(run.course_id, _Runs())
        if run.state == CourseRunState.FULL:
            of_course.full = of_course.full or run
        elif run.state == CourseRunState.OPEN and run.enrollment_opens_on <= today:
            of_course.joinable = of_course.joinable or run
        else:
            of_course.planned = of_course.planned or run
    return found
