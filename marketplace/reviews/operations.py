"""Asking for a review when a training ends, reminding once, taking the review in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.queries import find_completion, lock_enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refused
from marketplace.notices.operations import send_notice
from marketplace.reviews.models import LearnerReview, ReviewRequest
from marketplace.reviews.queries import (
    ToAsk,
    find_review,
    list_learners_to_ask,
    list_learners_to_remind,
    list_unasked_since,
)
from marketplace.reviews.rules import (
    REMIND_AFTER,
    ReviewFacts,
    last_day,
    refusals_for_review,
)
from marketplace.reviews.states import Question

AT_ONCE_MAX = 1_000
ASK_BACK = timedelta(days=30)


def ask_for_reviews(course_run_id: int) -> int:
    """Ask whoever finished a class for a minute; answers how many. Nobody is asked twice."""
    return _ask(list_learners_to_ask(course_run_id))


def ask_the_unasked() -> int:
    """Ask those whose result of the last month was recorded by another way than the sheet."""
    return _ask(list_unasked_since(clock.now() - ASK_BACK, limit=AT_ONCE_MAX))


def remind_reviewers() -> int:
    """Remind, once for good, who was asked a week ago and has said nothing."""
    due = list_learners_to_remind(clock.now() - REMIND_AFTER, limit=AT_ONCE_MAX)
    for one in due:
        assert one.request is not None, "the query asks for it"
        one.request.reminded_at = clock.now()
        until = last_day(clock.local_date(one.recorded_at))
        if clock.today() <= until:
            params = {"title": one.title, "day": until}
            send_notice(one.user_id, kind="review.reminded", params=params, link=_link(one))
    db.session.flush()
    return len(due)


def give_review(
    enrollment_id: int, *, worker_id: int, answers: Mapping[Question, int | None], actor_id: int
) -> LearnerReview:
    """The learner's own review, once and for good; the same again finds it.

    Never a condition of money: before and after the redemption, and also of a training that was
    not passed. Refuses before the result, after half a year, and answers that are missing.
    """
    enrollment = lock_enrollment(enrollment_id)
    if enrollment.worker_id != worker_id:
        raise NotFound("enrollment")
    earlier = find_review(enrollment_id)
    if earlier and all(getattr(earlier, one.value) == answers.get(one) for one in Question):
        return earlier
    completion = find_completion(enrollment_id)
    facts = ReviewFacts(
        today=clock.today(),
        recorded_on=clock.local_date(completion.recorded_at) if completion else None,
        is_reviewed=earlier is not None,
        answers=answers,
    )
    if refusals := refusals_for_review(facts):
        raise Refused(refusals)
    run = get_course_run(enrollment.course_run_id)
    review = LearnerReview(
        enrollment_id=enrollment_id,
        course_id=run.course_id,
        institution_id=run.institution_id,
        given_on=clock.today(),
        given_at=clock.now(),
        **{question.value: answers[question] for question in Question},
    )
    db.session.add(review)
    db.session.flush()
    record_event(
        "review.given",
        subject_kind="enrollment",
        subject_code=enrollment.code,
        actor_id=actor_id,
    )
    return review


def _ask(learners: Sequence[ToAsk]) -> int:
    for one in learners:
        db.session.add(ReviewRequest(enrollment_id=one.enrollment.id, asked_at=clock.now()))
        params = {"title": one.title}
        send_notice(one.user_id, kind="review.asked", params=params, link=_link(one))
    db.session.flush()
    return len(learners)


def _link(one: ToAsk) -> str:
    return f"/me/classes/{one.enrollment.code}/review"
