"""Online hours: what came in, what of it counts, and the rate of a class that has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, select

from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.enrollment.models import Attendance, Enrollment, OnlineDispute, OnlineStatement
from marketplace.enrollment.online_rules import (
    Claim,
    OnlineDay,
    OnlinePlan,
    Span,
    count_online,
    online_plan,
    online_rate_percent,
    with_decisions,
)
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.enrollment.states import AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import db

STATEMENTS_READ_MAX = 500_000


@dataclass(frozen=True, slots=True)
class OnlineShare:
    """The online hours of one enrollment. Times in seconds."""

    plan: OnlinePlan
    lesson_seconds: int
    """Of the lessons the learner attended."""
    days: tuple[OnlineDay, ...]

    @property
    def credited(self) -> int:
        return sum(day.credited for day in self.days)

    def find_day(self, on: date) -> OnlineDay | None:
        """What came in or was decided for a day."""
        return next((day for day in self.days if day.on == on), None)

    @property
    def rate_percent(self) -> int:
        """The completion rate, as `online_rate_percent` says."""
        return online_rate_percent(
            self.plan, lesson_seconds=self.lesson_seconds, credited=self.credited
        )


def find_statements(
    institution_id: int, statement_ids: Collection[str]
) -> dict[str, OnlineStatement]:
    """What an institution sent before, by the ids it gave."""
    rows = db.session.scalars(
        select(OnlineStatement)
        .where(
            OnlineStatement.institution_id == institution_id,
            OnlineStatement.statement_id.in_(statement_ids),
        )
        .order_by(OnlineStatement.id)
        .limit(len(statement_ids))
    )
    return {row.statement_id: row for row in rows}


def list_statements_of_run(course_run_id: int) -> Sequence[OnlineStatement]:
    """All that came in about a class, in that order."""
    return db.session.scalars(
        select(OnlineStatement)
        .join(Enrollment, Enrollment.id == OnlineStatement.enrollment_id)
        .where(Enrollment.course_run_id == course_run_id)
        .order_by(OnlineStatement.id)
        .limit(STATEMENTS_READ_MAX)
    ).all()


def list_enrollments_by_code(
    codes: Collection[str], *, institution_id: int
) -> dict[str, Enrollment]:
    """Enrollments in classes of one institution, held until the end of the unit of work."""
    rows = db.session.scalars(
        select(Enrollment)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .where(Enrollment.code.in_(codes), CourseRun.institution_id == institution_id)
        .order_by(Enrollment.id)
        .limit(len(codes))
        .with_for_update(of=Enrollment)
        .execution_options(populate_existing=True)
    )
    return {row.code: row for row in rows}


def list_online_plans(course_run_ids: Collection[int]) -> dict[int, OnlinePlan]:
    """What of these classes may be learned online; classes with nothing online are absent."""
    lengths: dict[int, int] = defaultdict(int)
    for course_run_id, starts_at, ends_at in db.session.execute(
        select(Lesson.course_run_id, Lesson.starts_at, Lesson.ends_at)
        .where(Lesson.course_run_id.in_(course_run_ids))
        .order_by(Lesson.id)
        .limit(RUN_SIZE_MAX * 500)
    ):
        lengths[course_run_id] += int((ends_at - starts_at).total_seconds())
    rows = db.session.execute(
        select(CourseRun.id, CourseVersion.mode, CourseVersion.hours)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(CourseRun.id.in_(course_run_ids))
        .order_by(CourseRun.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    plans = {
        run_id: online_plan(mode, hours, lengths.get(run_id, 0)) for run_id, mode, hours in rows
    }
    return {run_id: plan for run_id, plan in plans.items() if plan is not None}


def list_online_shares(enrollment_ids: Collection[int]) -> dict[int, OnlineShare]:
    """Online hours by enrollment, of the classes whose platform has sent any.

    From its first statement on a class counts its online hours, for everybody in it; before, and
    for classes on site, the lessons alone count and the enrollment is absent here.
    """
    runs = _list_runs_with_statements(enrollment_ids)
    plans = list_online_plans(set(runs.values())) if runs else {}
    if not plans:
        return {}
    days = _list_days(runs)
    lengths = _sum_attended(runs)
    return {
        enrollment_id: OnlineShare(
            plans[run_id], lengths.get(enrollment_id, 0), days.get(enrollment_id, ())
        )
        for enrollment_id, run_id in runs.items()
        if run_id in plans
    }


def count_minutes_elsewhere(enrollment_id: int, day: date) -> int:
    """Minutes this person is credited on a day in all their other classes, never rounded up."""
    return (
        sum(
            one.credited
            for other, days in _list_days({enrollment_id}).items()
            if other != enrollment_id
            for one in days
            if one.on == day
        )
        // 60
    )


def _list_runs_with_statements(enrollment_ids: Collection[int]) -> dict[int, int]:
    """Class by enrollment, where anybody of the class has online hours."""
    asked = (
        select(Enrollment.course_run_id).where(Enrollment.id.in_(enrollment_ids)).scalar_subquery()
    )
    online = set(
        db.session.scalars(
            select(Enrollment.course_run_id)
            .join(OnlineStatement, OnlineStatement.enrollment_id == Enrollment.id)
            .where(Enrollment.course_run_id.in_(asked))
            .distinct()
            .order_by(Enrollment.course_run_id)
            .limit(RUN_SIZE_MAX * 2)
        )
    )
    if not online:
        return {}
    rows = db.session.execute(
        select(Enrollment.id, Enrollment.course_run_id)
        .where(Enrollment.id.in_(enrollment_ids), Enrollment.course_run_id.in_(online))
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {enrollment_id: run_id for enrollment_id, run_id in rows}


def _list_days(enrollment_ids: Collection[int]) -> dict[int, tuple[OnlineDay, ...]]:
    """What these learners are credited, with all that they did elsewhere in view."""
    people = select(Enrollment.worker_id).where(Enrollment.id.in_(enrollment_ids))
    claims: dict[int, list[Claim]] = defaultdict(list)
    for statement, worker_id, created_at, starts_on, ends_on in db.session.execute(
        select(
            OnlineStatement,
            Enrollment.worker_id,
            Enrollment.created_at,
            CourseRun.starts_on,
            CourseRun.ends_on,
        )
        .join(Enrollment, Enrollment.id == OnlineStatement.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .where(Enrollment.worker_id.in_(people))
        .order_by(OnlineStatement.id)
        .limit(STATEMENTS_READ_MAX)
    ):
        claims[worker_id].append(
            Claim(
                statement.enrollment_id,
                statement.starts_at,
                statement.ended_at,
                max(created_at, _midnight(starts_on)),
                _midnight(ends_on + timedelta(days=1)),
            )
        )
    lessons: dict[int, list[Span]] = defaultdict(list)
    for worker_id, starts_at, ends_at in db.session.execute(
        select(Enrollment.worker_id, Lesson.starts_at, Lesson.ends_at)
        .join(Attendance, Attendance.enrollment_id == Enrollment.id)
        .join(Lesson, Lesson.id == Attendance.lesson_id)
        .where(Enrollment.worker_id.in_(people), Attendance.state == AttendanceState.PRESENT)
        .order_by(Lesson.starts_at, Attendance.id)
        .limit(STATEMENTS_READ_MAX)
    ):
        lessons[worker_id].append((starts_at, ends_at))
    found: dict[int, tuple[OnlineDay, ...]] = {}
    for worker_id, claimed in claims.items():
        found |= count_online(claimed, lessons[worker_id], clock.zone())
    for enrollment_id, decided in _list_decisions(people).items():
        found[enrollment_id] = with_decisions(found.get(enrollment_id, ()), decided)
    return found


def _list_decisions(people: Select[int]) -> dict[int, dict[date, int]]:
    """Minutes officers decided, by enrollment and day of these people; the newest counts."""
    decided: dict[int, dict[date, int]] = defaultdict(dict)
    for enrollment_id, day, minutes in db.session.execute(
        select(OnlineDispute.enrollment_id, OnlineDispute.day, OnlineDispute.decided_minutes)
        .join(Enrollment, Enrollment.id == OnlineDispute.enrollment_id)
        .where(Enrollment.worker_id.in_(people), OnlineDispute.decided_minutes.is_not(None))
        .order_by(OnlineDispute.id)
        .limit(STATEMENTS_READ_MAX)
    ):
        decided[enrollment_id][day] = minutes or 0
    return decided


def _sum_attended(enrollment_ids: Collection[int]) -> dict[int, int]:
    """Seconds of lessons each learner attended."""
    lengths: dict[int, int] = defaultdict(int)
    for enrollment_id, starts_at, ends_at in db.session.execute(
        select(Attendance.enrollment_id, Lesson.starts_at, Lesson.ends_at)
        .join(Lesson, Lesson.id == Attendance.lesson_id)
        .where(
            Attendance.enrollment_id.in_(enrollment_ids),
            Attendance.state == AttendanceState.PRESENT,
        )
        .order_by(Attendance.id)
        .limit(STATEMENTS_READ_MAX)
    ):
        lengths[enrollment_id] += int((ends_at - starts_at).total_seconds())
    return lengths


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), tzinfo=clock.zone())
