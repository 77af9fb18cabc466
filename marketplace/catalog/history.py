"""When which version of a course was public: "as listed on" any day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from marketplace.catalog.states import CourseDecisionKind

OPENS = (CourseDecisionKind.LISTED, CourseDecisionKind.RELISTED)


@dataclass(frozen=True, slots=True)
class ListingEvent:
    """A version became public on a day, or the course left the list."""

    kind: CourseDecisionKind
    version_number: int
    on: date


@dataclass(frozen=True, slots=True)
class ListingPeriod:
    """A version was public from a day on, until the day before `ended_on`; empty: it still is."""

    version_number: int
    began_on: date
    ended_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether this is what the public read at the end of that day."""
        return self.began_on <= day and (self.ended_on is None or day < self.ended_on)


def listing_periods(events: Sequence[ListingEvent]) -> tuple[ListingPeriod, ...]:
    """The periods in order of time. What was replaced on the day it began was never in force."""
    periods: list[ListingPeriod] = []
    for event in events:
        if event.kind in OPENS:
            _close(periods, event.on)
            periods.append(ListingPeriod(event.version_number, event.on))
        elif event.kind is CourseDecisionKind.DELISTED:
            _close(periods, event.on)
    return tuple(period for period in periods if period.ended_on != period.began_on)


def version_listed_on(periods: Sequence[ListingPeriod], day: date) -> int | None:
    """The number of the version that was public on a day; none when the course was not listed."""
    return next(
        (period.version_number for period in reversed(periods) if period.holds_on(day)), None
    )


def _close(periods: list[ListingPeriod], on: date) -> None:
    if periods and periods[-1].ended_on is None:
        periods[-1] = replace(periods[-1], ended_on=max(on, periods[-1].began_on))
