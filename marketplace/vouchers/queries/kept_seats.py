"""A class that is full is open to whom its last seat is kept for (the waiting list's offers)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select

from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import WaitingPlace
from marketplace.enrollment.states import WaitingState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.vouchers.rules.subjects import CourseFacts


def with_kept_seats(
    courses: Mapping[int, CourseFacts], *, worker_id: int
) -> Mapping[int, CourseFacts]:
    """Course runs as a worker may enroll in them: one whose seat is kept for them takes them,
    although it is full. One query, and only where one is full."""
    full = [key for key, course in courses.items() if course.run_state is CourseRunState.FULL]
    if not full:
        return courses
    kept = set(
        db.session.scalars(
            select(WaitingPlace.course_run_id)
            .where(
                WaitingPlace.worker_id == worker_id,
                WaitingPlace.course_run_id.in_(full),
                WaitingPlace.state == WaitingState.OFFERED,
                WaitingPlace.offer_until > clock.now(),
            )
            .order_by(WaitingPlace.id)
            .limit(len(full))
        )
    )
    return {
        key: replace(course, run_state=CourseRunState.OPEN) if key in kept else course
        for key, course in courses.items()
    }
