"""The training record of a person: every enrollment with what became of it.

Nothing is kept twice: attendance, result, certificate and amount are read where they stand.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from marketplace.catalog.queries.course_runs import CourseRunFacts, list_course_run_facts
from marketplace.enrollment.models import Completion, Enrollment
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.queries import (
    count_lessons,
    count_lessons_attended,
    list_completions,
    list_enrollments_of_worker,
)
from marketplace.enrollment.rules import completion_rate_percent, is_rate_of_hours
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.paging import Page, PageRequest
from marketplace.records.models import Certificate
from marketplace.records.queries.certificates import list_newest_certificates
from marketplace.records.rules import SHARE_TRAININGS_MAX
from marketplace.redemption.models import Redemption
from marketplace.redemption.queries.redemptions import list_redemptions_of_enrollments
from marketplace.redemption.queries.reservations import list_standing_reservations

EXPORT_MAX = 1_000
"""More trainings than a life holds; an export is whole or it is not made."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One training of a person."""

    enrollment: Enrollment
    run: CourseRunFacts
    lessons_attended: int
    lessons_total: int
    completion: Completion | None
    certificate: Certificate | None
    redemption: Redemption | None
    online_percent: int | None = None
    """The rate so far where online hours count beside the lessons."""
    records_only: bool = False
    """A sign-in voucher proves it; nobody was paid."""

    @property
    def attendance_percent(self) -> int:
        """Whole percent, never rounded up; after completion what the result recorded."""
        if self.completion is not None:
            return self.completion.rate_percent
        if self.online_percent is not None:
            return self.online_percent
        return completion_rate_percent(self.lessons_attended, self.lessons_total)

    @property
    def is_by_hours(self) -> bool:
        """The rate is of hours, online ones among them: the ratio of lessons says nothing."""
        if self.completion is None:
            return self.online_percent is not None
        return is_rate_of_hours(
            self.completion.rate_percent,
            lessons_attended=self.completion.lessons_attended,
            lessons_total=self.completion.lessons_total,
        )


def list_record(worker_id: int, page: PageRequest) -> Page[RecordLine]:
    """A person's trainings, newest first, in a bounded number of queries."""
    found = list_enrollments_of_worker(worker_id, page)
    return Page(_lines(found.items), found.total, found.number, found.size)


def list_whole_record(worker_id: int) -> list[RecordLine]:
    """Everything at once, for an export."""
    enrollments = db.session.scalars(
        select(Enrollment)
        .where(Enrollment.worker_id == worker_id)
        .order_by(Enrollment.id.desc())
        .limit(EXPORT_MAX)
    ).all()
    return _lines(enrollments)


def list_record_lines(worker_id: int, enrollment_ids: Collection[int]) -> list[RecordLine]:
    """Some of a person's trainings, newest first; another person's are not among them."""
    enrollments = db.session.scalars(
        select(Enrollment)
        .where(Enrollment.worker_id == worker_id, Enrollment.id.in_(enrollment_ids))
        .order_by(Enrollment.id.desc())
        .limit(SHARE_TRAININGS_MAX)
    ).all()
    return _lines(enrollments)


def list_own_enrollment_ids(worker_id: int, codes: Collection[str]) -> list[int]:
    """The enrollments behind some codes that are this person's own."""
    return list(
        db.session.scalars(
            select(Enrollment.id)
            .where(Enrollment.worker_id == worker_id, Enrollment.code.in_(codes))
            .order_by(Enrollment.id)
            .limit(SHARE_TRAININGS_MAX + 1)
        )
    )


def list_completed_codes(worker_id: int) -> list[str]:
    """The codes of a person's completed trainings, the newest of them."""
    return list(
        db.session.scalars(
            select(Enrollment.code)
            .where(Enrollment.worker_id == worker_id, Enrollment.state == EnrollmentState.COMPLETED)
            .order_by(Enrollment.id.desc())
            .limit(SHARE_TRAININGS_MAX)
        )
    )


def list_achievements(worker_id: int) -> list[tuple[str, int | None]]:
    """Occupation and level of every valid certificate of a person."""
    rows = db.session.execute(
        select(Certificate.occupation_code, Certificate.level)
        .where(
            Certificate.worker_id == worker_id,
            Certificate.ended_at.is_(None),
            Certificate.occupation_code.is_not(None),
        )
        .distinct()
        .order_by(Certificate.occupation_code, Certificate.level)
        .limit(SHARE_TRAININGS_MAX)
    )
    return [(code, level) for code, level in rows if code is not None]


@dataclass(frozen=True, slots=True)
class RecordSums:
    """What a record adds up to."""

    trainings: int
    certificates: int
    amount_fen: int


def sum_record(worker_id: int) -> RecordSums:
    """Trainings begun, valid certificates, and what vouchers paid for them."""
    trainings = db.session.scalar(
        select(func.count()).select_from(Enrollment).where(Enrollment.worker_id == worker_id)
    )
    certificates = db.session.scalar(
        select(func.count())
        .select_from(Certificate)
        .where(Certificate.worker_id == worker_id, Certificate.ended_at.is_(None))
    )
    amount = db.session.scalar(
        select(func.coalesce(func.sum(Redemption.amount_fen), 0))
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .where(Enrollment.worker_id == worker_id, Redemption.reversal_entry_id.is_(None))
    )
    return RecordSums(trainings or 0, certificates or 0, int(amount or 0))


def _lines(enrollments: Sequence[Enrollment]) -> list[RecordLine]:
    ids = [enrollment.id for enrollment in enrollments]
    run_ids = sorted({enrollment.course_run_id for enrollment in enrollments})
    runs = list_course_run_facts(run_ids)
    attended = count_lessons_attended(ids)
    totals = count_lessons(run_ids)
    completions = list_completions(ids)
    certificates = list_newest_certificates(ids)
    redemptions = list_redemptions_of_enrollments(ids)
    shares = list_online_shares(ids)
    reservations = list_standing_reservations(ids)
    return [
        RecordLine(
            enrollment=enrollment,
            run=runs[enrollment.course_run_id],
            lessons_attended=attended.get(enrollment.id, 0),
            lessons_total=totals.get(enrollment.course_run_id, 0),
            completion=completions.get(enrollment.id),
            certificate=certificates.get(enrollment.id),
            redemption=redemptions.get(enrollment.id),
            online_percent=shares[enrollment.id].rate_percent if enrollment.id in shares else None,
            records_only=enrollment.id in reservations and reservations[enrollment.id].records_only,
        )
        for enrollment in enrollments
    ]
