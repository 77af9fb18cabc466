"""How many learners an institution brings to an end, week by week."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from marketplace.catalog.models import CourseRun
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db

WEEKS = 9
_LEARNING = (EnrollmentState.TRAINING, EnrollmentState.COMPLETED, EnrollmentState.FAILED)


def count_learners_by_week(course_run: CourseRun) -> tuple[int, ...]:
    """Learners in classes that ended in the week of this one's end and in the eight before.

    A week is seven days up to the last day of the class; the latest comes first.
    """
    last = course_run.ends_on
    rows = db.session.execute(
        select(CourseRun.ends_on, func.count())
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .where(
            CourseRun.institution_id == course_run.institution_id,
            CourseRun.state != CourseRunState.CANCELED,
            CourseRun.ends_on.between(last - timedelta(days=7 * WEEKS - 1), last),
            Enrollment.state.in_(_LEARNING),
        )
        .group_by(CourseRun.ends_on)
        .order_by(CourseRun.ends_on)
        .limit(7 * WEEKS)
    )
    weeks = [0] * WEEKS
    for ends_on, people in rows:
        weeks[(last - ends_on).days // 7] += people
    return tuple(weeks)
