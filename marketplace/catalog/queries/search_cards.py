"""Courses of a list as the reader sees them.

What a card says of the course is kept beside the catalog in memory, until the log of changes names
the course; what it says of classes and free places is read from the tables at the moment of
showing, so that a full class never looks open.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Date, String, TextualSelect, text

from marketplace.catalog.queries.search_snapshot import Snapshot
from marketplace.catalog.search_terms import COMING_STATES
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.foundation import clock
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.money import Money


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
    next_run_id: int | None = None
    """The soonest run that can be enrolled on today."""
    next_run_starts_on: date | None = None
    next_run_seats_left: int | None = None
    full_run_starts_on: date | None = None
    """None can be enrolled on; the soonest one that is full begins on this day."""
    next_run_opens_on: date | None = None
    """None can be enrolled on; enrollment for one that is planned opens on this day."""
    is_rated: bool = False
    stars_hundredths: int | None = None
    """Of the institution; none: not enough data for stars, which is never shown as 0."""
    distance_m: int | None = None
    """How far the nearest place is where it is taught; none: not asked, or not known."""

    def __hash__(self) -> int:
        """Drawn cards are kept by their card; these tell nearly all of them apart."""
        return hash((self.course_id, self.next_run_id, self.next_run_seats_left))


@dataclass(slots=True)
class _Runs:
    """The runs of one course that matter in a list."""

    joinable: Any = None
    full: Any = None
    planned: Any = None


_NO_RUNS = _Runs()


def read_cards(snapshot: Snapshot, course_ids: Sequence[int]) -> list[CourseCard]:
    """Cards in the order asked for; one query or two, however many."""
    if not course_ids:
        return []
    connection = db.session.connection()
    cards = _cards(snapshot, connection, course_ids)
    runs = _read_runs(connection, course_ids)
    return [
        card.with_runs(runs.get(course_id, _NO_RUNS))
        for course_id in course_ids
        if (card := cards[course_id]) is not None
    ]


@dataclass(slots=True)
class _Kept:
    """A card without classes, and as it was drawn last."""

    plain: CourseCard
    runs: _Runs
    shown: CourseCard

    def with_runs(self, runs: _Runs) -> CourseCard:
        if runs != self.runs:
            self.shown, self.runs = _with_runs(self.plain, runs), runs
        return self.shown


def _cards(
    snapshot: Snapshot, connection: Connection, course_ids: Sequence[int]
) -> dict[int, _Kept | None]:
    """Course -> its card; the ones shown last are kept."""
    kept = snapshot.cards
    found: dict[int, _Kept | None] = {known: kept.find(known) for known in course_ids}
    missing = [course_id for course_id, card in found.items() if card is None]
    if missing:
        dialect = dialect_name()
        values = {"ids": _as_ids(missing, dialect), "most": len(missing)}
        for row in connection.execute(_course_statement(dialect), values):
            card = _card(snapshot, row)
            found[card.course_id] = kept.keep(card.course_id, _Kept(card, _NO_RUNS, card))
    return found


def _card(snapshot: Snapshot, course: Any) -> CourseCard:
    (
        course_id, institution_id, code, source_key, title, hours, mode, level, fee_fen, currency,
    ) = course  # fmt: skip
    institution = snapshot.institutions[institution_id]
    return CourseCard(
        course_id,
        code,
        source_key,
        title,
        institution.code,
        institution.name,
        institution.place,
        hours,
        CourseMode(mode),
        level,
        Money(fee_fen, currency),
        is_rated=institution.is_rated,
        stars_hundredths=institution.stars_hundredths or None,
    )


def _with_runs(card: CourseCard, coming: _Runs) -> CourseCard:
    if run := coming.joinable:
        return replace(
            card,
            next_run_id=run.id,
            next_run_starts_on=run.starts_on,
            next_run_seats_left=run.capacity - run.seats_taken,
        )
    full, planned = coming.full, coming.planned
    return replace(
        card,
        full_run_starts_on=full.starts_on if full else None,
        next_run_opens_on=planned.enrollment_opens_on if planned else None,
    )


@lru_cache(maxsize=2)
def _course_statement(dialect: str) -> TextualSelect:
    """As of the classes: one text whatever the number of courses."""
    return text(
        f"""SELECT course.id, institution_id, code, source_key, title, hours, mode, level, fee_fen,
                   currency
            FROM course JOIN course_version ON course_version.id = current_version_id
            WHERE course.id {_IN_IDS[dialect]} ORDER BY course.id LIMIT :most"""  # noqa: S608  (ours)
    ).columns(mode=String)


_IN_IDS = {
    "sqlite": "IN (SELECT value FROM json_each(:ids))",
    "postgresql": "= ANY(CAST(:ids AS bigint[]))",
}


def _as_ids(course_ids: Sequence[int], dialect: str) -> str | list[int]:
    return json.dumps(list(course_ids)) if dialect == "sqlite" else list(course_ids)


@lru_cache(maxsize=2)
def _run_statement(dialect: str) -> TextualSelect:
    """One text whatever the number of courses: it is prepared once.

    The states are compared as text: SQLite, which has no statistics, would rather walk all runs
    in these states than those of twenty courses (docs/decisions/0065).
    """
    states = ", ".join(f"'{state.value}'" for state in COMING_STATES)
    return text(
        f"""SELECT id, course_id, state, starts_on, enrollment_opens_on, capacity, seats_taken
            FROM course_run WHERE course_id {_IN_IDS[dialect]}
            AND CAST(state AS text) IN ({states}) AND enrollment_closes_on >= :today
            ORDER BY starts_on, id LIMIT :most"""  # noqa: S608  (the states are ours)
    ).columns(starts_on=Date, enrollment_opens_on=Date)


def _read_runs(connection: Connection, course_ids: Sequence[int]) -> dict[int, _Runs]:
    today, dialect = clock.today(), dialect_name()
    values = {
        "ids": _as_ids(course_ids, dialect),
        "today": today.isoformat() if dialect == "sqlite" else today,
        "most": 50 * len(course_ids),
    }
    found: dict[int, _Runs] = {}
    for run in connection.execute(_run_statement(dialect), values):
        of_course = found.setdefault(run.course_id, _Runs())
        if run.state == CourseRunState.FULL:
            of_course.full = of_course.full or run
        elif run.state == CourseRunState.OPEN and run.enrollment_opens_on <= today:
            of_course.joinable = of_course.joinable or run
        else:
            of_course.planned = of_course.planned or run
    return found
