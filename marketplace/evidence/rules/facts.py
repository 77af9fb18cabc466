"""What a check knows of a class, and what a finding is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from hashlib import sha256
from typing import Any

from marketplace.enrollment.states import AttendanceMethod, OnlineVerb
from marketplace.evidence.states import FindingKind
from marketplace.inspections.rules import VisitSight

EVIDENCE_LINES_MAX = 50
CLAUSES: dict[FindingKind, str] = {
    kind: f"EV-{number}" for number, kind in enumerate(FindingKind, start=1)
}
"""The clause of each kind: its number in docs/evidence.md."""


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """A lesson, of the class that is looked at or of another one."""

    lesson_id: int
    course_run_id: int
    run_code: str
    number: int
    starts_at: datetime
    ends_at: datetime
    room: str | None = None
    """Names the same room in all classes; empty: not in a register."""
    room_name: str = ""
    room_seats: int | None = None
    trainer: str | None = None
    """Names the same person at all institutions."""
    trainer_name: str = ""
    site: int | None = None
    place: tuple[float, float] | None = None
    """Latitude and longitude in degrees, where the site has them."""


@dataclass(frozen=True, slots=True)
class PresenceFacts:
    """Somebody is recorded as present."""

    enrollment_id: int
    worker_id: int
    lesson: LessonFacts
    method: AttendanceMethod
    recorded_at: datetime
    device_key: str | None = None
    synced_at: datetime | None = None
    """When the file of a device without network came in."""


@dataclass(frozen=True, slots=True)
class OnlineFacts:
    """A learning platform says that somebody learned."""

    enrollment_id: int
    verb: OnlineVerb
    activity: str
    seconds: int
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class AssessmentFacts:
    """What a body of the directory entered about the class, and what it does elsewhere."""

    code: str
    body: str
    scores: tuple[int, ...]
    """Of the results that count and have a score."""
    body_passed: int
    body_assessed: int
    """Within a year, this class among them."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is recorded of a class, and what its people, rooms and trainers did elsewhere."""

    course_run_id: int
    capacity: int
    ends_on: date
    zone: tzinfo
    presences: tuple[PresenceFacts, ...]
    elsewhere: tuple[PresenceFacts, ...] = ()
    """The same people, or the same phones, in other classes."""
    other_lessons: tuple[LessonFacts, ...] = ()
    """Lessons of other classes that were held in the same rooms or by the same trainers."""
    visits: tuple[VisitSight, ...] = ()
    """What inspectors saw of the class."""
    approved_hours: int | None = None
    """Hours of 45 minutes the course was listed with; empty where hours are not taught in
    lessons (online)."""
    assessment: AssessmentFacts | None = None
    online: tuple[OnlineFacts, ...] = ()
    weeks: tuple[int, ...] = ()
    """Learners in classes of the institution that ended within seven days up to the last day of
    this one, and of the eight times seven days before, the latest first."""
    is_over: bool = False
    """The last lesson of the class has ended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What cannot be true, about one learner or, without one, about the class."""

    kind: FindingKind
    enrollment_id: int | None
    params: Mapping[str, Any]
    evidence: tuple[str, ...]
    """For officers: which lessons and when, line by line."""
    key: str
    """The same finding again has the same key."""
    seen_by: int | None = None
    """The inspector who saw it: somebody else decides."""

    @property
    def clause(self) -> str:
        return CLAUSES[self.kind]


def by_person(
    facts: RunFacts,
) -> Iterator[tuple[list[PresenceFacts], list[PresenceFacts]]]:
    """Of each learner: all presences, and those of the class that is looked at."""
    everything: dict[int, list[PresenceFacts]] = defaultdict(list)
    for one in (*facts.presences, *facts.elsewhere):
        everything[one.worker_id].append(one)
    own: dict[int, list[PresenceFacts]] = defaultdict(list)
    for one in facts.presences:
        own[one.worker_id].append(one)
    for worker_id, mine in own.items():
        yield everything[worker_id], mine


def own_lessons(facts: RunFacts) -> list[LessonFacts]:
    """Lessons of the class that somebody attended, in order of time."""
    held = {one.lesson.lesson_id: one.lesson for one in facts.presences}
    return sorted(held.values(), key=lambda lesson: (lesson.starts_at, lesson.lesson_id))


def do_overlap(one: LessonFacts, other: LessonFacts) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def make_finding(
    kind: FindingKind,
    enrollment_id: int | None,
    params: Mapping[str, Any],
    found: Iterable[str],
    *,
    of: int | None = None,
    seen_by: int | None = None,
) -> Finding:
    evidence = sorted(set(found))
    subject = f"{kind}|{enrollment_id or ''}|{of or ''}|"
    key = sha256((subject + "\n".join(evidence)).encode()).hexdigest()[:40]
    lines = tuple(evidence[:EVIDENCE_LINES_MAX])
    return Finding(kind, enrollment_id, dict(params), lines, key, seen_by)


def day_of(instant: datetime, zone: tzinfo) -> date:
    return instant.astimezone(zone).date()


def at_of(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def span_of(lesson: LessonFacts, zone: tzinfo) -> str:
    return f"{at_of(lesson.starts_at, zone)}–{lesson.ends_at.astimezone(zone):%H:%M}"


def line_of(lesson: LessonFacts, zone: tzinfo) -> str:
    return f"{lesson.run_code} #{lesson.number} {span_of(lesson, zone)}"
