"""Counting results of training from our own rows and from imported outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from marketplace.catalog.models import CourseRun, TrainingOutcome
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.enrollment.states import (
    AssessmentResult,
    AttendanceState,
    EnrollmentState,
    ExitReason,
)
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.ratings.rules import OutcomeFacts, employment_counts, published
from marketplace.reviews.queries import count_good_reviews
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.records import list_records_in_force
from marketplace.standing.rules.formula import NOTHING, Counts
from marketplace.standing.rules.policy import Policy, StarSettings
from marketplace.standing.rules.ratings import (
    CountsOf,
    RatingInputs,
    effective_counts,
    sum_counts,
)
from marketplace.standing.rules.records import months_after
from marketplace.standing.states import Component

UNRATED = (InstitutionState.APPLIED, InstitutionState.WITHDRAWN)
EXCUSED = (ExitReason.FOUND_WORK, ExitReason.RUN_CANCELED, ExitReason.SWAPPED)
"""Leaving for these reasons does not count against the institution."""


@dataclass(frozen=True, slots=True)
class CourseResults:
    """What came of a course here, from the product's own rows; None: too few to publish."""

    completion: Counts | None
    assessment: Counts | None
    learners: int
    """Learners whose training ended in the window, however few."""
    since: date


def list_rated_institution_ids() -> list[int]:
    """Every institution that is rated: registered and not withdrawn, by number."""
    return list(
        db.session.scalars(
            select(Institution.id)
            .where(Institution.state.not_in(UNRATED))
            .order_by(Institution.id)
            .limit(1_000_000)
        )
    )


def list_rating_inputs(policy: Policy, *, as_of: date) -> dict[int, RatingInputs]:
    """Everything the ratings of a day are made from, for all institutions at once."""
    ids = list_rated_institution_ids()
    counts = count_results(policy.stars, on=as_of)
    records = list_all_records(ids, policy, on=as_of)
    peers = sum_counts(
        [
            effective_counts(counts.get(institution_id, {}), records.get(institution_id, ()))
            for institution_id in ids
        ]
    )
    return {
        institution_id: RatingInputs(
            as_of, counts.get(institution_id, {}), peers, records.get(institution_id, ())
        )
        for institution_id in ids
    }


def list_all_records(ids: Sequence[int], policy: Policy, *, on: date) -> dict[int, Any]:
    """The facts in force of many institutions, asked for in pieces."""
    found: dict[int, Any] = {}
    for start in range(0, len(ids), 500):
        found |= list_records_in_force(ids[start : start + 500], policy, on=on)
    return found


def count_results(settings: StarSettings, *, on: date) -> dict[int, CountsOf]:
    """Counts by institution: what had ended, and was recorded, on a day."""
    window_from = months_after(on, -settings.window_months)
    completions = _list_completions(settings, window_from, on)
    departures = _list_departures(window_from, on)
    employment = _list_employment(settings, window_from, on)
    reviews = count_good_reviews(since=window_from, until=on)
    found: dict[int, CountsOf] = {}
    for institution_id in sorted({*completions, *departures, *employment, *reviews}):
        ended, reached, assessed, passed = completions.get(institution_id, (0, 0, 0, 0))
        left, excused = departures.get(institution_id, (0, 0))
        learners = ended + left
        found[institution_id] = {
            Component.COMPLETION: Counts(reached, learners - excused),
            Component.ASSESSMENT: Counts(passed, assessed),
            Component.EMPLOYMENT: employment.get(institution_id, NOTHING),
            # Upheld disputes are facts of the file: the formula takes them off.
            Component.DISPUTES: Counts(learners, learners),
            Component.REVIEWS: Counts(*reviews.get(institution_id, (0, 0))),
        }
    return found


def get_course_results(course_id: int) -> CourseResults:
    """Completion and assessment of one course, from the classes held here."""
    today = clock.today()
    policy = get_rating_policy(today)
    settings = policy.stars
    window_from = months_after(today, -settings.window_months)
    of_course = CourseRun.course_id == course_id
    rows = db.session.execute(_completions(settings, window_from, today).where(of_course)).all()
    ended, reached, assessed, passed = (
        sum(row[place] or 0 for row in rows) for place in (1, 2, 3, 4)
    )
    departed = db.session.execute(_departures(window_from, today).where(of_course)).all()
    left, excused = (sum(row[place] or 0 for row in departed) for place in (1, 2))
    return CourseResults(
        published(Counts(reached, ended + left - excused), n_min=settings.publish_n_min),
        published(Counts(passed, assessed), n_min=settings.publish_n_min),
        ended + left,
        window_from,
    )


def _list_completions(
    settings: StarSettings, window_from: date, on: date
) -> dict[int, tuple[int, int, int, int]]:
    rows = db.session.execute(_completions(settings, window_from, on))
    return {row[0]: (row[1] or 0, row[2] or 0, row[3] or 0, row[4] or 0) for row in rows}


def _completions(settings: StarSettings, window_from: date, on: date) -> Select[Any]:
    """Per institution: ended with a result, attendance reached, assessed, passed."""
    return (
        select(
            CourseRun.institution_id,
            func.count(),
            _count_if(Completion.rate_percent >= settings.completion_rate_min_percent),
            _count_if(Completion.assessment != AssessmentResult.NOT_ASSESSED),
            _count_if(Completion.assessment == AssessmentResult.PASSED),
        )
        .select_from(Completion)
        .join(Enrollment, Enrollment.id == Completion.enrollment_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .where(
            Completion.completed_on >= window_from,
            Completion.completed_on <= on,
            Completion.recorded_at < _end_of(on),
        )
        .group_by(CourseRun.institution_id)
    )


def _list_departures(window_from: date, on: date) -> dict[int, tuple[int, int]]:
    rows = db.session.execute(_departures(window_from, on))
    return {row[0]: (row[1] or 0, row[2] or 0) for row in rows}


def _departures(window_from: date, on: date) -> Select[Any]:
    """Per institution: left after at least one lesson; of these, for an excused reason."""
    attended = (
        select(Attendance.id)
        .where(
            Attendance.enrollment_id == Enrollment.id, Attendance.state == AttendanceState.PRESENT
        )
        .exists()
    )
    return (
        select(
            CourseRun.institution_id,
            func.count(),
            _count_if(Enrollment.exit_reason.in_(EXCUSED)),
        )
        .select_from(Enrollment)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .where(
            Enrollment.state == EnrollmentState.WITHDRAWN,
            Enrollment.changed_at >= _end_of(window_from - timedelta(days=1)),
            Enrollment.changed_at < _end_of(on),
            attended,
        )
        .group_by(CourseRun.institution_id)
    )


def _list_employment(settings: StarSettings, window_from: date, on: date) -> dict[int, Counts]:
    rows = db.session.scalars(
        select(TrainingOutcome)
        .where(TrainingOutcome.as_of <= on)
        .order_by(TrainingOutcome.institution_id, TrainingOutcome.id)
        .execution_options(yield_per=1_000)
    )
    by_institution: dict[int, list[OutcomeFacts]] = {}
    for row in rows:
        by_institution.setdefault(row.institution_id, []).append(_facts(row))
    return {
        institution_id: employment_counts(
            facts, quarter=settings.employment_quarter, window_from=window_from, on=on
        )
        for institution_id, facts in by_institution.items()
    }


def _facts(row: TrainingOutcome) -> OutcomeFacts:
    return OutcomeFacts(
        source=row.source,
        as_of=row.as_of,
        is_of_course=row.course_id is not None,
        field_code=row.field_code,
        period_ends_on=row.period_ends_on,
        employed={
            2: (row.employed_q2, row.employed_q2_of),
            4: (row.employed_q4, row.employed_q4_of),
            8: (row.employed_q8, row.employed_q8_of),
        },
    )


def _count_if(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _end_of(day: date) -> datetime:
    """The first instant after a local day."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=clock.zone())
    return midnight.astimezone(UTC)
