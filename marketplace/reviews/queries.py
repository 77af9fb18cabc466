"""Reading reviews: one learner's own, and what many say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Select, bindparam, case, func, select

from marketplace.catalog.models import CourseRun, CourseVersion
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, ask
from marketplace.people.models import Worker
from marketplace.reviews.models import LearnerReview, ReviewRequest
from marketplace.reviews.rules import GOOD_FROM
from marketplace.reviews.states import Question


@dataclass(frozen=True, slots=True)
class Reviews:
    """What learners say together: how many, and the mean of each answer."""

    count: int
    means: dict[Question, float]


@dataclass(frozen=True, slots=True)
class ToAsk:
    """A learner whose training has ended and who has a login to be asked at."""

    enrollment: Enrollment
    user_id: int
    title: str
    recorded_at: datetime
    request: ReviewRequest | None


def find_review(enrollment_id: int) -> LearnerReview | None:
    """What a learner said about a training."""
    return db.session.scalar(
        select(LearnerReview).where(LearnerReview.enrollment_id == enrollment_id)
    )


def find_reviews_of_course(course_id: int, *, since: date, n_min: int) -> Reviews | None:
    """What learners of a course say together; none below the number that is published."""
    return _together(ask(_OF_COURSE, {"id": course_id, "since": since})[0], n_min)


def find_reviews_of_institution(institution_id: int, *, since: date, n_min: int) -> Reviews | None:
    """What learners of an institution say together; none below the number that is published."""
    return _together(ask(_OF_INSTITUTION, {"id": institution_id, "since": since})[0], n_min)


def count_good_reviews(*, since: date, until: date) -> dict[int, tuple[int, int]]:
    """Good reviews and all reviews by institution, given in a span of days."""
    rows = db.session.execute(
        select(
            LearnerReview.institution_id,
            func.sum(case((LearnerReview.overall >= GOOD_FROM, 1), else_=0)),
            func.count(),
        )
        .where(LearnerReview.given_on >= since, LearnerReview.given_on <= until)
        .group_by(LearnerReview.institution_id)
        .order_by(LearnerReview.institution_id)
        .limit(1_000_000)
    )
    return {institution_id: (int(good), count) for institution_id, good, count in rows}


def list_learners_to_ask(course_run_id: int) -> Sequence[ToAsk]:
    """Whoever finished a class and was not asked yet."""
    rows = db.session.execute(
        _to_ask()
        .where(Enrollment.course_run_id == course_run_id, ReviewRequest.id.is_(None))
        .order_by(Completion.id)
        .limit(1_000)
    )
    return [ToAsk(*row) for row in rows]


def list_unasked_since(since: datetime, *, limit: int) -> Sequence[ToAsk]:
    """Results recorded since, by whatever way, whose learners were not asked yet."""
    rows = db.session.execute(
        _to_ask()
        .where(Completion.recorded_at >= since, ReviewRequest.id.is_(None))
        .order_by(Completion.id)
        .limit(limit)
    )
    return [ToAsk(*row) for row in rows]


def list_learners_to_remind(asked_before: datetime, *, limit: int) -> Sequence[ToAsk]:
    """Asked before an instant, not reminded, and still without a review."""
    rows = db.session.execute(
        _to_ask()
        .where(ReviewRequest.reminded_at.is_(None), ReviewRequest.asked_at <= asked_before)
        .order_by(Completion.id)
        .limit(limit)
    )
    return [ToAsk(*row) for row in rows]


def _to_ask() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Enrollment, Worker.user_id, CourseVersion.title, Completion.recorded_at, ReviewRequest
        )
        .select_from(Completion)
        .join(Enrollment, Enrollment.id == Completion.enrollment_id)
        .join(Worker, Worker.id == Enrollment.worker_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .outerjoin(ReviewRequest, ReviewRequest.enrollment_id == Enrollment.id)
        .outerjoin(LearnerReview, LearnerReview.enrollment_id == Enrollment.id)
        .where(Worker.user_id.is_not(None), LearnerReview.id.is_(None))
    )


def _together(means: Any, n_min: int) -> Reviews | None:
    if means.reviews < max(1, n_min):
        return None
    return Reviews(
        means.reviews, {one: round(float(getattr(means, one.value)), 1) for one in Question}
    )


_review = table_of(LearnerReview)
_MEANS = select(
    func.count().label("reviews"),
    *(func.avg(_review.c[one.value]).label(one.value) for one in Question),
).where(_review.c.given_on >= bindparam("since", type_=Date))
_ID = bindparam("id", type_=BigInteger)
_OF_COURSE = Direct(_MEANS.where(_review.c.course_id == _ID))
_OF_INSTITUTION = Direct(_MEANS.where(_review.c.institution_id == _ID))
"""Read for every page of a course or an institution: built once, without objects."""
