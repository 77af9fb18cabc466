"""Disputes of learners: about attendance at a lesson, and about the online hours of a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.enrollment.models import Attendance, Enrollment, OnlineDispute
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction

DISPUTES_OF_RUN_MAX = 500
_attendance, _online = table_of(Attendance), table_of(OnlineDispute)


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A disputed entry with its class; what both sides say is in the entry."""

    attendance: Attendance
    enrollment: Enrollment
    lesson: Lesson
    run_code: str
    title: str
    institution_id: int
    institution_name: str


@dataclass(frozen=True, slots=True)
class OnlineDisputeView:
    """A disputed day of online hours with its class."""

    dispute: OnlineDispute
    enrollment: Enrollment
    run_code: str
    title: str
    institution_id: int
    institution_name: str


AnyDispute = DisputeView | OnlineDisputeView


def open_disputes_of(enrollment_id: Any) -> ColumnElement[int]:
    """How many disputes of an enrollment are open, of both kinds: part of a statement.

    `enrollment_id` is a column of the statement around it.
    """
    lessons = (
        select(func.count())
        .select_from(_attendance)
        .where(
            _attendance.c.enrollment_id == enrollment_id,
            _attendance.c.disputed_at.is_not(None),
            _attendance.c.dispute_settled_at.is_(None),
        )
        .scalar_subquery()
    )
    days = (
        select(func.count())
        .select_from(_online)
        .where(_online.c.enrollment_id == enrollment_id, _online.c.settled_at.is_(None))
        .scalar_subquery()
    )
    return lessons + days


def count_open_disputes(enrollment_ids: Collection[int]) -> dict[int, int]:
    """Open disputes per learner, of both kinds; learners without one are absent."""
    rows = db.session.execute(
        select(Enrollment.id, open_disputes_of(Enrollment.id))
        .where(Enrollment.id.in_(enrollment_ids))
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {enrollment_id: count for enrollment_id, count in rows if count}


def list_open_disputes(paths: Sequence[str], page: PageRequest) -> Page[AnyDispute]:
    """Open disputes at institutions of these subtrees; those that wait longest come first."""
    lessons = (
        _disputes(paths)
        .where(Attendance.dispute_settled_at.is_(None))
        .with_only_columns(
            literal("lesson").label("kind"), Attendance.id, Attendance.disputed_at.label("at")
        )
    )
    days = (
        _online_disputes(paths)
        .where(OnlineDispute.settled_at.is_(None))
        .with_only_columns(
            literal("day").label("kind"), OnlineDispute.id, OnlineDispute.disputed_at.label("at")
        )
    )
    both = union_all(lessons, days).subquery()
    total = db.session.scalar(select(func.count()).select_from(both)) or 0
    keys = db.session.execute(
        select(both.c.kind, both.c.id)
        .order_by(both.c.at, both.c.kind, both.c.id)
        .offset(page.offset)
        .limit(page.limit)
    ).all()
    found = _read(
        paths,
        [one for kind, one in keys if kind == "lesson"],
        [one for kind, one in keys if kind == "day"],
    )
    return Page([found[kind, one] for kind, one in keys], total, page.number, page.limit)


def find_dispute(attendance_id: int, paths: Sequence[str]) -> DisputeView | None:
    """One dispute about attendance, open or settled, for an officer of these subtrees."""
    row = db.session.execute(_disputes(paths).where(Attendance.id == attendance_id)).one_or_none()
    return DisputeView(*row) if row else None


def find_online_dispute(dispute_id: int, paths: Sequence[str]) -> OnlineDisputeView | None:
    """One dispute about online hours, open or settled, for an officer of these subtrees."""
    asked = _online_disputes(paths).where(OnlineDispute.id == dispute_id)
    row = db.session.execute(asked).one_or_none()
    return OnlineDisputeView(*row) if row else None


def get_online_dispute(dispute_id: int) -> OnlineDispute:
    """One dispute about online hours."""
    if (dispute := db.session.get(OnlineDispute, dispute_id)) is None:
        raise NotFound("online_dispute")
    return dispute


def get_online_dispute_of_run(
    dispute_id: int, course_run_id: int
) -> tuple[OnlineDispute, Enrollment]:
    """A dispute about online hours of one class, with its enrollment."""
    row = db.session.execute(
        select(OnlineDispute, Enrollment)
        .join(Enrollment, Enrollment.id == OnlineDispute.enrollment_id)
        .where(OnlineDispute.id == dispute_id, Enrollment.course_run_id == course_run_id)
    ).one_or_none()
    if row is None:
        raise NotFound("online_dispute")
    return row[0], row[1]


def find_open_online_dispute(enrollment_id: int, day: date) -> OnlineDispute | None:
    """The open dispute about a day of an enrollment."""
    return db.session.scalar(
        select(OnlineDispute).where(
            OnlineDispute.enrollment_id == enrollment_id,
            OnlineDispute.day == day,
            OnlineDispute.settled_at.is_(None),
        )
    )


def list_online_disputes(enrollment_id: int) -> Sequence[OnlineDispute]:
    """All disputes about online hours of an enrollment, the newest first."""
    return db.session.scalars(
        select(OnlineDispute)
        .where(OnlineDispute.enrollment_id == enrollment_id)
        .order_by(OnlineDispute.id.desc())
        .limit(DISPUTES_OF_RUN_MAX)
    ).all()


def list_open_online_disputes_of_run(
    course_run_id: int,
) -> Sequence[tuple[OnlineDispute, Enrollment]]:
    """Open disputes about online hours of a class; those that wait longest come first."""
    rows = db.session.execute(
        select(OnlineDispute, Enrollment)
        .join(Enrollment, Enrollment.id == OnlineDispute.enrollment_id)
        .where(Enrollment.course_run_id == course_run_id, OnlineDispute.settled_at.is_(None))
        .order_by(OnlineDispute.disputed_at, OnlineDispute.id)
        .limit(DISPUTES_OF_RUN_MAX)
    )
    return [(row[0], row[1]) for row in rows]


def _read(
    paths: Sequence[str], attendance_ids: list[int], dispute_ids: list[int]
) -> dict[tuple[str, int], AnyDispute]:
    """These disputes by kind and id."""
    found: dict[tuple[str, int], AnyDispute] = {}
    if attendance_ids:
        lessons = _disputes(paths).where(Attendance.id.in_(attendance_ids)).order_by(Attendance.id)
        for row in db.session.execute(lessons.limit(len(attendance_ids))):
            found["lesson", row[0].id] = DisputeView(*row)
    if dispute_ids:
        days = _online_disputes(paths).where(OnlineDispute.id.in_(dispute_ids))
        for row in db.session.execute(days.order_by(OnlineDispute.id).limit(len(dispute_ids))):
            found["day", row[0].id] = OnlineDisputeView(*row)
    return found


def _disputes(paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Attendance,
            Enrollment,
            Lesson,
            CourseRun.code,
            CourseVersion.title,
            Institution.id,
            Institution.name,
        )
        .select_from(Attendance)
        .join(Enrollment, Enrollment.id == Attendance.enrollment_id)
        .join(Lesson, Lesson.id == Attendance.lesson_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(Attendance.disputed_at.is_not(None), in_subtrees(paths))
    )


def _online_disputes(paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            OnlineDispute,
            Enrollment,
            CourseRun.code,
            CourseVersion.title,
            Institution.id,
            Institution.name,
        )
        .select_from(OnlineDispute)
        .join(Enrollment, Enrollment.id == OnlineDispute.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == CourseRun.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(in_subtrees(paths))
    )
