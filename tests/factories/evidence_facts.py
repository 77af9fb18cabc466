"""What is recorded of a class, small enough to read: facts for the rules of plausibility."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from marketplace.enrollment.states import AttendanceMethod, OnlineVerb
from marketplace.evidence.rules.facts import (
    AssessmentFacts,
    LessonFacts,
    OnlineFacts,
    PresenceFacts,
    RunFacts,
)
from marketplace.evidence.rules.findings import findings_of
from marketplace.inspections.rules import VisitSight

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW_DAY = date(2026, 11, 20)
OWN, OTHER = 1, 2
CHANGCHUN, JILIN_CITY = (43.88, 125.32), (43.84, 126.55)


def lesson(number=1, *, run=OWN, starts=START, hours=3.0, **places):
    return LessonFacts(
        run * 100 + number, run, f"CR-{run}", number, starts, starts + hours * HOUR, **places
    )


def there(worker, at, *, after=60.0, method=AttendanceMethod.VOUCHER_SCAN, device=None):
    return PresenceFacts(
        enrollment_id=at.course_run_id * 1000 + worker,
        worker_id=worker,
        lesson=at,
        method=method,
        recorded_at=at.starts_at + timedelta(seconds=after),
        device_key=device,
    )


def run(*presences, elsewhere=(), other_lessons=(), capacity=20):
    return RunFacts(
        course_run_id=OWN,
        capacity=capacity,
        ends_on=date(2026, 11, 24),
        zone=ZONE,
        presences=presences,
        elsewhere=tuple(elsewhere),
        other_lessons=tuple(other_lessons),
    )


def online(*seconds):
    """Six numbers: one learner at six activities. Five: five learners at three, who completed."""
    alone = len(seconds) == 6
    told = [
        OnlineFacts(
            1 if alone else number,
            OnlineVerb.EXPERIENCED if alone else OnlineVerb.COMPLETED,
            f"https://lms.example/{number if alone else activity}",
            length + activity,
            START + timedelta(minutes=number**2 + 100 * activity**2),
        )
        for number, length in enumerate(seconds)
        for activity in range(1 if alone else 3)
    ]
    return replace(run(), online=tuple(told))


def kinds(facts):
    return {finding.kind for finding in findings_of(facts)}


def phone(worker, at, after, device):
    return there(worker, at, after=after, method=AttendanceMethod.LEARNER_SCAN, device=device)


def arrivals(*seconds):
    return [there(number, lesson(), after=after) for number, after in enumerate(seconds)]


def days(*seconds):
    lessons = [lesson(n, starts=START + timedelta(days=n)) for n in range(len(seconds))]
    return [there(1, one, after=after) for one, after in zip(lessons, seconds, strict=True)]


def visited(*seen, heads, minutes=60):
    """An inspector at MORNING: names compared if any are given, else heads counted."""
    return VisitSight(
        visit_code="IV-1",
        inspector_id=7,
        lesson_id=MORNING.lesson_id,
        head_count=heads,
        begun_at=MORNING.starts_at + timedelta(minutes=30),
        submitted_at=MORNING.starts_at + timedelta(minutes=minutes),
        is_roll_call=bool(seen) or heads == 0,
        seen=frozenset(OWN * 1000 + worker for worker in seen),
    )


def weeks(*learners):
    """The institution's learners by week, the latest first."""
    return replace(run(there(1, lesson())), weeks=learners)


def over(facts, *, approved):
    return replace(facts, approved_hours=approved, is_over=True)


def assessed(*scores, passed=0, of=0):
    """A body entered these scores, and passed so many of all within a year."""
    facts = AssessmentFacts("AS-1", "某评价中心", scores, passed, of)
    return replace(run(there(1, lesson())), assessment=facts)


def synced(worker, hours):
    one = there(worker, lesson(), method=AttendanceMethod.OFFLINE_CODE)
    return replace(one, synced_at=one.lesson.ends_at + hours * HOUR)


MORNING, NOON = lesson(1), lesson(2, starts=START + 3 * HOUR)
BY_HAND = AttendanceMethod.STAFF_ENTRY
