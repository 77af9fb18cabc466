"""A class as its institution sees it: every learner with attendance, result and redemption."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.dispute_queries import count_open_disputes, open_disputes_of
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.enrollment.queries import (
    count_lessons_attended,
    list_completions,
    list_enrollments_of_run,
)
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.people.queries.workers import WorkerMasks, list_worker_masks
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.part_rules import reason_for_part
from marketplace.redemption.queries.cases import RedemptionCase, list_redemption_cases
from marketplace.redemption.queries.redemptions import list_redemptions_of_enrollments
from marketplace.redemption.queries.reservations import is_held, list_standing_reservations
from marketplace.redemption.rules import refusals_for_redemption
from marketplace.redemption.states import ReservationState

_NOBODY = WorkerMasks("", "", "–")


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One learner of a class; name and telephone number are masked."""

    enrollment: Enrollment
    masks: WorkerMasks
    lessons_attended: int
    open_disputes: int
    completion: Completion | None
    reservation: Reservation | None
    redemption: Redemption | None
    refusals: tuple[Refusal, ...]
    """Why a held voucher cannot be redeemed now; empty when it can, or when none is held."""
    case: RedemptionCase | None = None
    """Of a held voucher: what it would pay now."""

    @property
    def masked_name(self) -> str:
        """Enough to recognise the learner."""
        return self.masks.name

    @property
    def is_ended(self) -> bool:
        """Left before completion."""
        return self.enrollment.state in (EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)

    @property
    def is_held(self) -> bool:
        """A voucher waits to be redeemed."""
        return self.reservation is not None and self.reservation.state is ReservationState.HELD

    @property
    def records_only(self) -> bool:
        """A sign-in voucher: the training is recorded and nothing is paid."""
        return self.reservation is not None and self.reservation.records_only

    @property
    def is_redeemable(self) -> bool:
        """It can be redeemed now."""
        return self.is_held and not self.refusals

    @property
    def part_reason(self) -> Refusal | None:
        """Why a held voucher pays a part of its amount only; none: it pays all, or nothing."""
        if self.case is None or self.case.part is None or self.refusals:
            return None
        return reason_for_part(self.case.part, reserved=self.case.reserved)


def list_roster(course_run_id: int, *, institution_id: int) -> list[RosterLine]:
    """All learners of a class in the order of enrolling, in a bounded number of queries."""
    enrollments = list_enrollments_of_run(course_run_id)
    ids = [enrollment.id for enrollment in enrollments]
    masks = list_worker_masks([enrollment.worker_id for enrollment in enrollments])
    attended = count_lessons_attended(ids)
    disputes = count_open_disputes(ids)
    completions = list_completions(ids)
    reservations = list_standing_reservations(ids)
    redemptions = list_redemptions_of_enrollments(ids)
    cases = list_redemption_cases(
        [reservation.voucher_id for reservation in reservations.values()],
        institution_id=institution_id,
    )
    by_learner = {case.enrollment_id: case for case in cases.values()}
    reasons = {number: refusals_for_redemption(case.facts) for number, case in by_learner.items()}
    return [
        RosterLine(
            enrollment=enrollment,
            masks=masks.get(enrollment.worker_id, _NOBODY),
            lessons_attended=attended.get(enrollment.id, 0),
            open_disputes=disputes.get(enrollment.id, 0),
            completion=completions.get(enrollment.id),
            reservation=reservations.get(enrollment.id),
            redemption=redemptions.get(enrollment.id),
            refusals=reasons.get(enrollment.id, ()),
            case=by_learner.get(enrollment.id),
        )
        for enrollment in enrollments
    ]


@dataclass(frozen=True, slots=True)
class LessonToday:
    """A lesson of the day and its class."""

    lesson: Lesson
    run_code: str
    title: str
    learners: int
    recorded: int


def list_lessons_of_day(
    institution_id: int, *, from_at: datetime, to_at: datetime
) -> list[LessonToday]:
    """The institution's lessons that start in a span of time, with what is recorded of them."""
    learners = (
        select(func.count())
        .where(
            Enrollment.course_run_id == CourseRun.id,
            Enrollment.state.in_((EnrollmentState.CONFIRMED, EnrollmentState.TRAINING)),
        )
        .correlate(CourseRun)
        .scalar_subquery()
    )
    recorded = (
        select(func.count())
        .where(Attendance.lesson_id == Lesson.id)
        .correlate(Lesson)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Lesson, CourseRun.code, CourseVersion.title, learners, recorded)
        .join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(
            CourseRun.institution_id == institution_id,
            CourseRun.state != CourseRunState.CANCELED,
            Lesson.starts_at >= from_at,
            Lesson.starts_at < to_at,
        )
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(200)
    )
    return [LessonToday(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What waits in one class."""

    run_code: str
    title: str
    count: int


def list_runs_waiting_for_results(institution_id: int, *, now: datetime) -> list[OpenWork]:
    """Classes whose last lesson is over while learners have no result yet."""
    last = (
        select(func.max(Lesson.ends_at))
        .where(Lesson.course_run_id == CourseRun.id)
        .correlate(CourseRun)
        .scalar_subquery()
    )
    live = (EnrollmentState.CONFIRMED, EnrollmentState.TRAINING)
    rows = db.session.execute(
        select(CourseRun.code, CourseVersion.title, func.count())
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .where(CourseRun.institution_id == institution_id, Enrollment.state.in_(live), last <= now)
        .group_by(CourseRun.id, CourseRun.code, CourseVersion.title)
        .order_by(CourseRun.id)
        .limit(100)
    )
    return [OpenWork(*row) for row in rows]


def list_runs_to_redeem(institution_id: int) -> list[OpenWork]:
    """Classes with recorded results, or learners who left, whose vouchers wait and would pay."""
    rows = db.session.execute(
        select(CourseRun.code, CourseVersion.title, func.count())
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .outerjoin(Completion, Completion.enrollment_id == Enrollment.id)
        .join(Reservation, Reservation.enrollment_id == Enrollment.id)
        .where(
            CourseRun.institution_id == institution_id,
            is_held(),
            or_(Completion.id.is_not(None), Enrollment.state == EnrollmentState.WITHDRAWN),
            Reservation.amount_fen > 0,
        )
        .group_by(CourseRun.id, CourseRun.code, CourseVersion.title)
        .order_by(CourseRun.id)
        .limit(100)
    )
    return [OpenWork(*row) for row in rows]


def list_runs_with_disputes(institution_id: int) -> list[OpenWork]:
    """Classes in which a learner disputes an entry or the online hours of a day."""
    disputes = func.sum(open_disputes_of(Enrollment.id))
    rows = db.session.execute(
        select(CourseRun.code, CourseVersion.title, disputes)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .where(CourseRun.institution_id == institution_id, open_disputes_of(Enrollment.id) > 0)
        .group_by(CourseRun.id, CourseRun.code, CourseVersion.title)
        .order_by(CourseRun.id)
        .limit(100)
    )
    return [OpenWork(code, title, int(count)) for code, title, count in rows]
