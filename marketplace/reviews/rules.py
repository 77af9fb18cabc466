"""When a training can be reviewed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.foundation.errors import Refusal
from marketplace.reviews import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reviews.states import Question

REVIEW_DAYS = 180
REMIND_AFTER = timedelta(days=7)
GOOD_FROM = 4
"""4 and 5 count as good for the stars."""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What taking in a review needs to know."""

    today: date
    recorded_on: date | None
    """When the result of the training was recorded; none: it was not."""
    is_reviewed: bool
    answers: Mapping[Question, int | None]


def refusals_for_review(facts: ReviewFacts) -> tuple[Refusal, ...]:
    """Every reason why this review is not taken in. Money is none of them, before or after."""
    if facts.recorded_on is None:
        return (Refusal("review_before_end"),)
    if facts.is_reviewed:
        return (Refusal("review_given"),)
    refusals = []
    if facts.today > last_day(facts.recorded_on):
        refusals.append(Refusal("review_too_late", {"day": last_day(facts.recorded_on)}))
    given = [facts.answers.get(question) for question in Question]
    if not all(answer is not None and 1 <= answer <= 5 for answer in given):
        refusals.append(Refusal("review_answers"))
    return tuple(refusals)


def last_day(recorded_on: date) -> date:
    """Until when a training can be reviewed."""
    return recorded_on + timedelta(days=REVIEW_DAYS)
