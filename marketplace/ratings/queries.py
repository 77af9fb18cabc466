"""Counting results of training from our own rows and from imported outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    bindparam,
    case,
    func,
    or_,
    select,
)

from marketplace.catalog.models import CourseRun, TrainingOutcome
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.enrollment.states import (
    AssessmentResult,
    AttendanceState,
    EnrollmentState,
    ExitReason,
)
from marketplace.foundation import clock
from marketplace.foundation.db import UtcDateTime, db
from marketplace.foundation.direct import Direct, Rows, ask_together
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.ratings.rules import OutcomeFacts, employment_counts, published
from marketplace.reviews.queries import count_good_reviews
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
INSTITUTIONS_MAX = 1_000_000


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
            .limit(INSTITUTIONS_MAX)
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
    asked = _window(settings, window_from, on)
    ended_rows, left_rows = ask_together((_COMPLETIONS, asked), (_DEPARTURES, asked))
    completions = {row.institution_id: _counts(row) for row in ended_rows}
    departures = {row.institution_id: _counts(row) for row in left_rows}
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


def get_course_results(course_id: int, *, settings: StarSettings) -> CourseResults:
    """Completion and assessment of one course, from the classes held here."""
    today = clock.today()
    window_from = months_after(today, -settings.window_months)
    asked = {"course_id": course_id, **_window(settings, window_from, today)}
    ended_rows, left_rows = ask_together(
        (_COMPLETIONS_OF_COURSE, asked), (_DEPARTURES_OF_COURSE, asked)
    )
    ended, reached, assessed, passed = _sums(ended_rows, 4)
    left, excused = _sums(left_rows, 2)
    return CourseResults(
        published(Counts(reached, ended + left - excused), n_min=settings.publish_n_min),
        published(Counts(passed, assessed), n_min=settings.publish_n_min),
        ended + left,
        window_from,
    )


def _window(settings: StarSettings, window_from: date, on: date) -> dict[str, Any]:
    """What is asked of results that had ended, and were recorded, on a day."""
    return {
        "rate_min": settings.completion_rate_min_percent,
        "first_on": window_from,
        "last_on": on,
        "first_at": _end_of(window_from - timedelta(days=1)),
        "before_at": _end_of(on),
    }


def _counts(row: Any) -> tuple[int, ...]:
    return tuple(count or 0 for count in row[1:])


def _sums(rows: Rows, width: int) -> tuple[int, ...]:
    """Of a course's rows, which are of one institution, each count."""
    counts = [_counts(row) for row in rows]
    return tuple(sum(column) for column in zip(*counts, strict=True)) or (0,) * width


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


def _end_of(day: date) -> datetime:
    """The first instant after a local day."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=clock.zone())
    return midnight.astimezone(UTC)


def _count_if(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))


_BEFORE = bindparam("before_at", type_=UtcDateTime)
_ENDED = (
    select(
        CourseRun.institution_id,
        func.count().label("ended"),
        _count_if(Completion.rate_percent >= bindparam("rate_min", type_=Integer)).label("reached"),
        _count_if(Completion.assessment != AssessmentResult.NOT_ASSESSED).label("assessed"),
        _count_if(Completion.assessment == AssessmentResult.PASSED).label("passed"),
    )
    .select_from(Completion)
    .join(Enrollment, Enrollment.id == Completion.enrollment_id)
    .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
    .where(
        Completion.completed_on >= bindparam("first_on", type_=Date),
        Completion.completed_on <= bindparam("last_on", type_=Date),
        Completion.recorded_at < _BEFORE,
    )
    .group_by(CourseRun.institution_id)
    .order_by(CourseRun.institution_id)
    .limit(INSTITUTIONS_MAX)
)
"""Per institution: ended with a result, attendance reached, assessed, passed."""
_ATTENDED = (
    select(Attendance.id)
    .where(Attendance.enrollment_id == Enrollment.id, Attendance.state == AttendanceState.PRESENT)
    .exists()
)
_LEFT = (
    select(
        CourseRun.institution_id,
        func.count().label("left"),
        _count_if(or_(*(Enrollment.exit_reason == reason for reason in EXCUSED))).label("excused"),
    )
    .select_from(Enrollment)
    .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
    .where(
        Enrollment.state == EnrollmentState.WITHDRAWN,
        Enrollment.changed_at >= bindparam("first_at", type_=UtcDateTime),
        Enrollment.changed_at < _BEFORE,
        _ATTENDED,
    )
    .group_by(CourseRun.institution_id)
    .order_by(CourseRun.institution_id)
    .limit(INSTITUTIONS_MAX)
)
"""Per institution: left after at least one lesson; of these, for an excused reason."""
_IS_OF_COURSE = CourseRun.course_id == bindparam("course_id", type_=BigInteger)
_COMPLETIONS, _COMPLETIONS_OF_COURSE = Direct(_ENDED), Direct(_ENDED.where(_IS_OF_COURSE))
_DEPARTURES, _DEPARTURES_OF_COURSE = Direct(_LEFT), Direct(_LEFT.where(_IS_OF_COURSE))
"""Of a course, read for every page of it: built once, without objects."""
