"""Which online hours count, day by day, and what they are of a class's hours. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from marketplace.catalog.states import CourseMode
from marketplace.enrollment.states import OnlineLoss
from marketplace.foundation.errors import Refusal

DAY_SECONDS_MAX = 6 * 3600
"""Credited online of one person a day: eight hours of teaching (课时) of 45 minutes, the length of
a day of lessons. Nobody follows a screen for longer."""
TEACHING_HOUR_SECONDS = 45 * 60
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one statement says: this learner learned in this time. In the order of coming in."""

    enrollment_id: int
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    """From the first day of the class, and not before enrolling."""
    closes_at: datetime
    """The end of the last day of the class."""


@dataclass(slots=True)
class OnlineDay:
    """One day of one learner in one class, in seconds."""

    on: date
    claimed: int = 0
    credited: int = 0
    lost: dict[OnlineLoss, int] = field(default_factory=dict)
    """What was not credited, by reason; with `credited` it makes up `claimed`, if not decided."""
    is_decided: bool = False
    """An officer decided what is credited: it stands in place of what came in."""

    @property
    def minutes(self) -> int:
        """Whole minutes credited, never rounded up."""
        return self.credited // 60


def count_online(
    claims: Sequence[Claim], lessons: Iterable[Span], zone: tzinfo
) -> dict[int, tuple[OnlineDay, ...]]:
    """The days of each enrollment of one person, all classes of all institutions together.

    A minute is credited once, to the statement that came in first; not in a lesson the person
    was present at, not outside the class, and no more than `DAY_SECONDS_MAX` a day. So a
    statement that is longer than the time since the one before it is credited for that time.
    """
    taken = _Taken()
    attended = _Taken()
    for starts_at, ends_at in lessons:
        attended.add(starts_at, ends_at)
    days: dict[int, dict[date, OnlineDay]] = defaultdict(dict)
    spent: dict[date, int] = defaultdict(int)
    for claim in claims:
        mine = days[claim.enrollment_id]
        for on, starts_at, ends_at in _by_day(claim.starts_at, claim.ends_at, zone):
            day = mine.setdefault(on, OnlineDay(on))
            day.claimed += _seconds(starts_at, ends_at)
            inside = max(starts_at, claim.opens_at), min(ends_at, claim.closes_at)
            _count(day, (starts_at, ends_at), inside, attended, taken, spent)
    return {
        enrollment_id: tuple(mine[on] for on in sorted(mine))
        for enrollment_id, mine in days.items()
    }


def _count(
    day: OnlineDay,
    whole: Span,
    inside: Span,
    attended: _Taken,
    taken: _Taken,
    spent: dict[date, int],
) -> None:
    length = max(0, _seconds(*inside))
    _lose(day, OnlineLoss.OUTSIDE, _seconds(*whole) - length)
    if not length:
        return
    outside_lessons = list(attended.free(*inside))
    left = sum(_seconds(*part) for part in outside_lessons)
    _lose(day, OnlineLoss.LESSON, length - left)
    free = [part for span in outside_lessons for part in taken.free(*span)]
    new = sum(_seconds(*part) for part in free)
    _lose(day, OnlineLoss.COUNTED, left - new)
    for part in free:
        taken.add(*part)
    credited = min(new, DAY_SECONDS_MAX - spent[day.on])
    spent[day.on] += credited
    day.credited += credited
    _lose(day, OnlineLoss.DAY_LIMIT, new - credited)


def _lose(day: OnlineDay, reason: OnlineLoss, seconds: int) -> None:
    if seconds:
        day.lost[reason] = day.lost.get(reason, 0) + seconds


def _seconds(starts_at: datetime, ends_at: datetime) -> int:
    return int((ends_at - starts_at).total_seconds())


def _by_day(
    starts_at: datetime, ends_at: datetime, zone: tzinfo
) -> Iterator[tuple[date, datetime, datetime]]:
    """A time cut at midnight of the place."""
    while starts_at < ends_at:
        on = starts_at.astimezone(zone).date()
        midnight = datetime.combine(on + timedelta(days=1), time(), tzinfo=zone)
        until = min(ends_at, midnight.astimezone(ends_at.tzinfo))
        yield on, starts_at, until
        starts_at = until


class _Taken:
    """Times that are taken: sorted, without overlap."""

    def __init__(self) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []

    def free(self, starts_at: datetime, ends_at: datetime) -> Iterator[Span]:
        """What of this time is not taken."""
        at = bisect_right(self._ends, starts_at)
        while starts_at < ends_at and at < len(self._starts) and self._starts[at] < ends_at:
            if starts_at < self._starts[at]:
                yield starts_at, self._starts[at]
            starts_at = self._ends[at]
            at += 1
        if starts_at < ends_at:
            yield starts_at, ends_at

    def add(self, starts_at: datetime, ends_at: datetime) -> None:
        first = bisect_left(self._ends, starts_at)
        last = bisect_right(self._starts, ends_at)
        if first < last:
            starts_at = min(starts_at, self._starts[first])
            ends_at = max(ends_at, self._ends[last - 1])
        self._starts[first:last] = [starts_at]
        self._ends[first:last] = [ends_at]


@dataclass(frozen=True, slots=True)
class OnlinePlan:
    """How long a class is, and how much of it may be learned online. Seconds."""

    total: int
    online: int


def online_plan(mode: CourseMode, hours: int | None, lesson_seconds: int) -> OnlinePlan | None:
    """The hours the course was listed with, of 45 minutes; a longer class is as long as it is.

    An online class may be learned online as a whole. In a blended one the lessons are held, and
    what is left of its hours is online. None: nothing of the class is online.
    """
    if mode is CourseMode.ONSITE or not hours:
        return None
    total = max(hours * TEACHING_HOUR_SECONDS, lesson_seconds)
    online = total if mode is CourseMode.ONLINE else total - lesson_seconds
    return OnlinePlan(total, online) if online else None


def online_rate_percent(plan: OnlinePlan, *, lesson_seconds: int, credited: int) -> int:
    """The completion rate of a class with online hours: lessons attended and hours credited, of
    the hours of the class. Whole percent, never rounded up, never above 100."""
    learned = lesson_seconds + min(credited, plan.online)
    return min(100, 100 * learned // plan.total)


def with_decisions(days: Sequence[OnlineDay], decided: Mapping[date, int]) -> tuple[OnlineDay, ...]:
    """The days of an enrollment with the minutes officers decided in place of those credited.

    What comes in for such a day later changes nothing: the decision stands until the next one.
    """
    found = {day.on: day for day in days}
    for on, minutes in decided.items():
        claimed = found[on].claimed if on in found else 0
        found[on] = OnlineDay(on, claimed, minutes * 60, is_decided=True)
    return tuple(found[on] for on in sorted(found))


def refusals_for_online_dispute(
    day: date, minutes: int, *, first_on: date, last_on: date, today: date, credited: int | None
) -> tuple[Refusal, ...]:
    """Why a learner cannot dispute the online hours of this day.

    `first_on` is the first day of the class, or that of enrolling; `credited` are the whole
    minutes counted on that day, None in a class that counts no online hours.
    """
    if credited is None:
        return (Refusal("online_not_counted"),)
    if not first_on <= day <= last_on:
        window = {"first": first_on, "last": last_on}
        return (Refusal("online_day_outside", window, field="day"),)
    if day > today:
        return (Refusal("online_day_ahead", field="day"),)
    if refusals := refusals_for_minutes(minutes):
        return refusals
    if minutes == credited:
        return (Refusal("online_day_agrees", {"minutes": credited}, field="minutes"),)
    return ()


def refusals_for_minutes(minutes: int, *, elsewhere: int = 0) -> tuple[Refusal, ...]:
    """Why these minutes cannot count on one day; `elsewhere` are those of other classes."""
    if 0 <= minutes <= DAY_SECONDS_MAX // 60 - (elsewhere if minutes else 0):
        return ()
    params = {"minutes": DAY_SECONDS_MAX // 60, "elsewhere": elsewhere}
    code = "online_minutes_elsewhere" if elsewhere and minutes > 0 else "online_minutes_range"
    return (Refusal(code, params, field="minutes"),)


def was_told_wrong(day: OnlineDay, minutes: int) -> bool:
    """A decision says that the platform told too little or too much of a day.

    What lies between the minutes credited and those told was told right, and not credited by the
    limits of this system: that is no fault of the institution. Nor does a second decision about a
    day say anything new of the platform.
    """
    return not day.is_decided and not day.credited // 60 <= minutes <= -(-day.claimed // 60)
