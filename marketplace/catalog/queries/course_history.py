"""What was decided about a course, and which version was public when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.catalog.history import (
    OPENS,
    ListingEvent,
    ListingPeriod,
    listing_periods,
    version_listed_on,
)
from marketplace.catalog.models import Course, CourseDecision, CourseVersion
from marketplace.catalog.queries.courses import list_versions
from marketplace.catalog.rules import CourseContent
from marketplace.catalog.states import CourseDecisionKind, CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.people.queries import list_user_names

DECISIONS_MAX = 500


@dataclass(frozen=True, slots=True)
class DecisionItem:
    """One decision with the number of its version and the name of who made it."""

    decision: CourseDecision
    version_number: int
    made_by: str | None


@dataclass(frozen=True, slots=True)
class CourseHistory:
    """Everything a course said and everything decided about it."""

    versions: Sequence[CourseVersion]
    """Newest first."""
    decisions: Sequence[DecisionItem]
    """Newest first."""
    periods: tuple[ListingPeriod, ...]
    """When which version was public, oldest first."""

    @property
    def listed_numbers(self) -> frozenset[int]:
        """Versions the public could read at some time."""
        return frozenset(period.version_number for period in self.periods)

    def version(self, number: int) -> CourseVersion | None:
        """One version by its number."""
        return next((one for one in self.versions if one.number == number), None)

    def version_on(self, day: date) -> CourseVersion | None:
        """What the public read on a day; none when the course was not listed."""
        number = version_listed_on(self.periods, day)
        return None if number is None else self.version(number)

    def reason_of_last_return(self) -> str | None:
        """Why it was last sent back; stays readable when it is submitted again."""
        return next(
            (
                item.decision.reason
                for item in self.decisions
                if item.decision.kind is CourseDecisionKind.RETURNED
            ),
            None,
        )


def get_course_history(course: Course) -> CourseHistory:
    """Versions, decisions and listing periods of one course, in three queries."""
    versions = list_versions(course.id)
    numbers = {version.id: version.number for version in versions}
    rows = db.session.scalars(
        select(CourseDecision)
        .where(CourseDecision.course_id == course.id)
        .order_by(CourseDecision.id)
        .limit(DECISIONS_MAX)
    ).all()
    names = list_user_names({row.made_by for row in rows if row.made_by})
    items = [
        DecisionItem(row, numbers.get(row.course_version_id, 0), names.get(row.made_by or 0))
        for row in rows
    ]
    events = [*_events_of_source(course, versions, rows), *_events(rows, numbers)]
    periods = listing_periods(events)
    return CourseHistory(versions, items[::-1], _ended(periods, course))


def find_last_course_decision(course_id: int) -> CourseDecision | None:
    """What was done about a course last."""
    return db.session.scalar(
        select(CourseDecision)
        .where(CourseDecision.course_id == course_id)
        .order_by(CourseDecision.id.desc())
        .limit(1)
    )


def find_last_listed_version(course: Course) -> CourseVersion | None:
    """The version the public reads, or read last; none when the course never was listed."""
    if course.state in (CourseState.LISTED, CourseState.DELISTED) and course.current_version_id:
        return db.session.get(CourseVersion, course.current_version_id)
    return db.session.scalar(
        select(CourseVersion)
        .join(CourseDecision, CourseDecision.course_version_id == CourseVersion.id)
        .where(CourseVersion.course_id == course.id, CourseDecision.kind.in_(OPENS))
        .order_by(CourseDecision.id.desc())
        .limit(1)
    )


def content_of(version: CourseVersion) -> CourseContent:
    """What a version says, as the rules compare it."""
    return CourseContent(
        title=version.title,
        description=version.description,
        hours=version.hours,
        mode=version.mode,
        fee_fen=version.fee_fen,
        currency=version.currency,
        fee_parts=dict(version.fee_parts or {}),
        certificate=version.certificate,
        prerequisites=version.prerequisites,
        attributes=dict(version.attributes or {}),
    )


def _events(rows: Sequence[CourseDecision], numbers: dict[int, int]) -> list[ListingEvent]:
    kinds = (*OPENS, CourseDecisionKind.DELISTED)
    return [
        ListingEvent(row.kind, numbers[row.course_version_id], row.effective_on)
        for row in rows
        if row.kind in kinds and row.course_version_id in numbers
    ]


def _events_of_source(
    course: Course, versions: Sequence[CourseVersion], rows: Sequence[CourseDecision]
) -> list[ListingEvent]:
    """What a file of a source brought was public from its day on: the source had reviewed it."""
    if course.source == "own":
        return []
    decided = {row.course_version_id for row in rows}
    return [
        ListingEvent(CourseDecisionKind.LISTED, version.number, version.valid_from)
        for version in reversed(versions)
        if version.id not in decided
    ]


def _ended(periods: tuple[ListingPeriod, ...], course: Course) -> tuple[ListingPeriod, ...]:
    """A file that withdraws a course leaves no decision: the course itself says since when."""
    if course.state is CourseState.LISTED or not periods or periods[-1].ended_on is not None:
        return periods
    last = periods[-1]
    until = max(clock.local_date(course.changed_at), last.began_on)
    return (*periods[:-1], ListingPeriod(last.version_number, last.began_on, until))
