"""Outcomes of training as pages show them: a share with its interval and how many it is about.

A figure that is not known is words, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from marketplace.catalog.models import Course, CourseVersion
from marketplace.catalog.queries.outcomes import (
    list_outcomes_of_course,
    list_outcomes_of_institution,
)
from marketplace.catalog.states import WageKind
from marketplace.foundation import clock
from marketplace.foundation.direct import Rows
from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money
from marketplace.ratings.queries import get_course_results
from marketplace.ratings.rules import published
from marketplace.records.queries.employment import count_employments_of_course
from marketplace.reviews.labels import QUESTION_LABELS
from marketplace.reviews.queries import (
    Reviews,
    find_reviews_of_course,
    find_reviews_of_institution,
)
from marketplace.reviews.states import Question
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.rules.formula import Counts, wilson_interval
from marketplace.standing.rules.policy import StarSettings
from marketplace.standing.rules.records import months_after

EMPLOYED_LABELS = {
    2: N_("In work in the second quarter after training"),
    4: N_("In work in the fourth quarter after training"),
    8: N_("In work in the eighth quarter after training"),
}
WAGE_LABELS: dict[tuple[WageKind, int], str] = {
    (WageKind.MEDIAN, 1): N_("Median monthly wage of those in work"),
    (WageKind.MEDIAN, 3): N_("Median quarterly wage of those in work"),
    (WageKind.AVERAGE, 1): N_("Average monthly wage of those in work"),
    (WageKind.AVERAGE, 3): N_("Average quarterly wage of those in work"),
}
SOURCES = {
    "generic": N_("Reported outcomes"),
    "us-nj-outcomes": N_("Published by the State of New Jersey"),
}
COMPLETED = N_("Completed the training")
ASSESSED = N_("Passed the assessment")
WORK_PROVEN = N_("Found work after a referral, proven")
WORK_DECLARED = N_("Found work after a referral, as they say")
NO_DATA = N_("no data")
HIDDEN = N_("not published: too few people")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: a share or a wage, or words why there is none."""

    label: str
    part: int | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    wage: Money | None = None
    absent: str | None = None

    @property
    def share(self) -> float | None:
        """The plain proportion."""
        return self.part / self.of if self.part is not None and self.of else None


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """Figures of one source and period."""

    source: str
    """As people read it; translated in the page."""
    as_of: date
    field_code: str | None
    period: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a page shows about outcomes, and how sure the ranges are."""

    tables: tuple[OutcomeTable, ...]
    confidence_percent: int
    reviews: Reviews | None = None
    """What learners say together; none while they are too few to be shown."""
    question_labels: Mapping[Question, str] = field(default_factory=lambda: QUESTION_LABELS)

    @property
    def is_empty(self) -> bool:
        """No figure at all: the page says so in words."""
        return not self.tables and self.reviews is None


def outcomes_of_course(course: Course, version: CourseVersion) -> Outcomes:
    """Our own counts of the course, then imported figures of it or of its field."""
    stars = get_rating_policy(clock.today()).stars
    field_code = str((version.attributes or {}).get("cip") or "") or None
    rows = list_outcomes_of_course(
        course.institution_id, course_id=course.id, field_code=field_code
    )
    return Outcomes(
        (*_own_table(course.id, stars), *_tables(rows, stars.confidence)),
        round(stars.confidence * 100),
        find_reviews_of_course(course.id, since=_window_from(stars), n_min=stars.publish_n_min),
    )


def outcomes_of_institution(institution_id: int) -> Outcomes:
    """Imported figures of an institution, by field of study."""
    stars = get_rating_policy(clock.today()).stars
    rows = list_outcomes_of_institution(institution_id)
    return Outcomes(
        _tables(rows, stars.confidence),
        round(stars.confidence * 100),
        _reviews_of_institution(institution_id, stars),
    )


def reviews_of_institution(institution_id: int) -> Reviews | None:
    """What its learners say together within the window of the stars."""
    return _reviews_of_institution(institution_id, get_rating_policy(clock.today()).stars)


def _reviews_of_institution(institution_id: int, stars: StarSettings) -> Reviews | None:
    return find_reviews_of_institution(
        institution_id, since=_window_from(stars), n_min=stars.publish_n_min
    )


def _window_from(stars: StarSettings) -> date:
    return months_after(clock.today(), -stars.window_months)


def share_figure(label: str, counts: Counts, confidence: float) -> Figure:
    """A share with the score interval around it."""
    low, high = wilson_interval(counts, confidence=confidence)
    return Figure(label, counts.successes, counts.trials, low, high)


def _own_table(course_id: int, stars: StarSettings) -> tuple[OutcomeTable, ...]:
    results = get_course_results(course_id, settings=stars)
    if results.learners == 0:
        return ()
    figures = tuple(
        share_figure(label, counts, stars.confidence) if counts else Figure(label, absent=HIDDEN)
        for label, counts in ((COMPLETED, results.completion), (ASSESSED, results.assessment))
    )
    figures += _referred(course_id, stars)
    return (OutcomeTable(N_("Classes on this platform"), clock.today(), None, "", figures),)


def _referred(course_id: int, stars: StarSettings) -> tuple[Figure, ...]:
    """What became of those who were referred to a vacancy after it; nobody referred, no line."""
    counted = count_employments_of_course(course_id)
    if counted.referred == 0:
        return ()
    figures = []
    for label, people in ((WORK_PROVEN, counted.proven), (WORK_DECLARED, counted.declared)):
        shown = published(Counts(people, counted.referred), n_min=stars.publish_n_min)
        figures.append(
            share_figure(label, shown, stars.confidence) if shown else Figure(label, absent=HIDDEN)
        )
    return tuple(figures)


def _tables(rows: Rows, confidence: float) -> tuple[OutcomeTable, ...]:
    return tuple(
        OutcomeTable(
            SOURCES.get(row.source, row.source),
            row.as_of,
            row.field_code,
            row.period,
            (*_completion(row, confidence), *_employment(row, confidence), *_wages(row)),
        )
        for row in rows
    )


def _completion(row: Any, confidence: float) -> tuple[Figure, ...]:
    if row.completed is None or not row.started:
        return ()
    return (share_figure(COMPLETED, Counts(row.completed, row.started), confidence),)


def _employment(row: Any, confidence: float) -> tuple[Figure, ...]:
    figures = []
    for quarter, label in EMPLOYED_LABELS.items():
        part = getattr(row, f"employed_q{quarter}")
        of = getattr(row, f"employed_q{quarter}_of")
        if part is not None and of:
            figures.append(share_figure(label, Counts(part, of), confidence))
        elif of:
            figures.append(Figure(label, of=of, absent=HIDDEN))
        elif quarter == 2:
            figures.append(Figure(label, absent=NO_DATA))
    return tuple(figures)


def _wages(row: Any) -> tuple[Figure, ...]:
    label = WAGE_LABELS.get((row.wage_kind or WageKind.MEDIAN, row.wage_months))
    if row.wage_kind is None or label is None:
        return ()
    for quarter in (2, 4, 8):
        fen = getattr(row, f"wage_q{quarter}_fen")
        if fen is not None:
            of = getattr(row, f"wage_q{quarter}_of")
            return (Figure(label, of=of, wage=Money(fen, row.currency)),)
    return (Figure(label, absent=HIDDEN),)
