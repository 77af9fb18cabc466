"""Who learns in which course run, and the proof of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.enrollment.states import (
    AssessmentResult,
    AttendanceMethod,
    AttendanceState,
    EnrollmentState,
    OnlineVerb,
    PresenceEntryState,
    WaitingState,
)
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_LIVE = text("state NOT IN ('withdrawn', 'no_show')")
_UNSETTLED = text("settled_at IS NULL")


class Enrollment(Base):
    """A worker in a course run."""

    __tablename__ = "enrollment"
    __table_args__ = (
        Index(
            "uq_enrollment_live",
            "worker_id",
            "course_run_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_enrollment_course_run", "course_run_id", "id"),
        Index("ix_enrollment_worker", "worker_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    state: Mapped[EnrollmentState] = state_column(EnrollmentState)
    exit_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Attendance(Base):
    """One learner at one lesson: how it was proved, by whom recorded, what the learner says."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "lesson_id"),
        CheckConstraint("second_by IS NULL OR second_by <> recorded_by", name="two_people"),
    )

    id: Mapped[Id]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    state: Mapped[AttendanceState] = state_column(AttendanceState)
    method: Mapped[AttendanceMethod] = state_column(AttendanceMethod, name="method")
    reason: Mapped[str | None]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]
    second_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who confirmed a presence entered by hand: a trigger asks for it, a check for another one."""
    second_at: Mapped[datetime | None]
    device_key: Mapped[str | None] = mapped_column(index=True)
    """Pseudonym of the browser it was recorded with: the same key, the same device."""
    code_shown_at: Mapped[datetime | None]
    """When the code that proves it came on the screen of the classroom."""
    synced_at: Mapped[datetime | None]
    """When the file of a device without network came in; `recorded_at` is that device's time."""
    learner_confirmed_at: Mapped[datetime | None]
    disputed_at: Mapped[datetime | None]
    dispute_reason: Mapped[str | None]
    dispute_answer: Mapped[str | None]
    """What the institution says to it; the learner accepts, or an officer decides."""
    dispute_answered_at: Mapped[datetime | None]
    dispute_settled_at: Mapped[datetime | None]
    """Empty while a dispute is open: an open dispute stops the redemption."""

    @property
    def is_disputed(self) -> bool:
        """A dispute is open."""
        return self.disputed_at is not None and self.dispute_settled_at is None


_ON_THE_LIST = text("state IN ('waiting', 'offered')")


class WaitingPlace(Base):
    """Somebody on the one waiting list of a course: first come, first offered, run after run.

    The order is that of the ids: joining holds the course, so nobody gets a smaller one later.
    """

    __tablename__ = "waiting_place"
    __table_args__ = (
        CheckConstraint(
            "(state = 'offered') = (offer_until IS NOT NULL AND ended_at IS NULL)", name="offer"
        ),
        CheckConstraint("state <> 'offered' OR course_run_id IS NOT NULL", name="offered_run"),
        Index(
            "uq_waiting_place_on_list",
            "course_id",
            "worker_id",
            unique=True,
            sqlite_where=_ON_THE_LIST,
            postgresql_where=_ON_THE_LIST,
        ),
        Index("ix_waiting_place_list", "course_id", "state", "id"),
        Index("ix_waiting_place_due", "state", "offer_until"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    state: Mapped[WaitingState] = state_column(WaitingState)
    joined_at: Mapped[datetime]
    course_run_id: Mapped[int | None] = mapped_column(ForeignKey("course_run.id"))
    """The class of the newest offer; its seat counts as taken while the offer stands."""
    offered_at: Mapped[datetime | None]
    offer_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class LessonSignIn(Base):
    """Signing in to a lesson was opened; its code names what the changing codes are made from."""

    __tablename__ = "lesson_sign_in"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), unique=True)
    opened_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]


_WAITING = text("state = 'waiting'")


class PresenceEntry(Base):
    """Presence that staff entered by hand, waiting for a second person or decided by one."""

    __tablename__ = "presence_entry"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="two_people"),
        CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="decided"),
        Index(
            "uq_presence_entry_waiting",
            "enrollment_id",
            "lesson_id",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_presence_entry_lesson", "lesson_id", "id"),
    )

    id: Mapped[Id]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"))
    reason: Mapped[str]
    state: Mapped[PresenceEntryState] = state_column(PresenceEntryState)
    entered_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class OfflineDevice(Base):
    """An institution's device for lessons without network; we keep its public key only."""

    __tablename__ = "offline_device"
    __table_args__ = (
        CheckConstraint("(revoked_by IS NULL) = (revoked_at IS NULL)", name="revoked"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    name: Mapped[str]
    public_key: Mapped[str] = mapped_column(unique=True)
    """Ed25519, 32 bytes in base64url."""
    registered_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    registered_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    revoked_at: Mapped[datetime | None]


class OfflineBundle(Base):
    """What a device took along for one lesson; its content is in the file, under our signature."""

    __tablename__ = "offline_bundle"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("offline_device.id"), index=True)
    issued_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    issued_at: Mapped[datetime]


class OfflineUpload(Base):
    """A device's file as it was taken in, row by row; never changed, never taken in twice."""

    __tablename__ = "offline_upload"
    __table_args__ = (
        CheckConstraint(
            "accepted >= 0 AND known >= 0 AND refused >= 0"
            " AND accepted + known + refused = record_count",
            name="counted",
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("offline_bundle.id"), index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    """Fingerprint of what the device signed."""
    head: Mapped[str]
    """The chain over all its rows: a later file of the same bundle must begin with them."""
    record_count: Mapped[int]
    accepted: Mapped[int]
    known: Mapped[int]
    refused: Mapped[int]
    rows: Mapped[list[Any]]
    closed_at: Mapped[datetime]
    """When the device closed the file, by its clock."""
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime]


class OnlineStatement(Base):
    """A learning platform says that a learner learned for a time; never changed, never deleted.

    A trigger refuses one for a class that is not the institution's, or that is on site.
    """

    __tablename__ = "online_statement"
    __table_args__ = (
        UniqueConstraint("institution_id", "statement_id"),
        CheckConstraint("seconds BETWEEN 1 AND 86400", name="seconds"),
    )

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    statement_id: Mapped[str]
    """The UUID its sender gave it: the same id again changes nothing."""
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    verb: Mapped[OnlineVerb] = state_column(OnlineVerb, name="verb")
    activity: Mapped[str]
    seconds: Mapped[int]
    ended_at: Mapped[datetime]
    received_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Whose token it came with; empty: the operator took in a file."""
    received_at: Mapped[datetime]

    @property
    def starts_at(self) -> datetime:
        return self.ended_at - timedelta(seconds=self.seconds)


class OnlineDispute(Base):
    """A learner says that the online hours of a day are wrong: what each side says, what counts.

    A statement stays what it is; so the day is disputed, whether any came in for it or none. A
    trigger refuses to change or delete what is settled.
    """

    __tablename__ = "online_dispute"
    __table_args__ = (
        CheckConstraint("claimed_minutes BETWEEN 0 AND 360", name="claimed"),
        CheckConstraint("decided_minutes BETWEEN 0 AND 360", name="decided"),
        CheckConstraint(
            "(decided_minutes IS NULL) = (decided_by IS NULL)"
            " AND (decided_minutes IS NULL) = (decision IS NULL)"
            " AND (decided_minutes IS NULL OR settled_at IS NOT NULL)",
            name="decision",
        ),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answer"),
        Index(
            "uq_online_dispute_open",
            "enrollment_id",
            "day",
            unique=True,
            sqlite_where=_UNSETTLED,
            postgresql_where=_UNSETTLED,
        ),
        Index("ix_online_dispute_enrollment_id", "enrollment_id", "id"),
    )

    id: Mapped[Id]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    day: Mapped[date]
    claimed_minutes: Mapped[int]
    """What the learner says they learned online on that day."""
    reason: Mapped[str]
    disputed_at: Mapped[datetime]
    answer: Mapped[str | None]
    """What the institution says to it; the learner accepts, or an officer decides."""
    answered_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    """Empty while it is open: an open dispute stops the redemption."""
    decided_minutes: Mapped[int | None]
    """What counts on that day in place of what came in; only an officer says so."""
    decision: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    @property
    def is_open(self) -> bool:
        return self.settled_at is None


class Completion(Base):
    """The end of an enrollment: integer completion rate and assessment result."""

    __tablename__ = "completion"
    __table_args__ = (CheckConstraint("rate_percent BETWEEN 0 AND 100", name="rate"),)

    id: Mapped[Id]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    lessons_attended: Mapped[int]
    lessons_total: Mapped[int]
    rate_percent: Mapped[int]
    assessment: Mapped[AssessmentResult] = state_column(AssessmentResult, name="assessment")
    certificate_number: Mapped[str | None] = mapped_column(unique=True)
    completed_on: Mapped[date]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]
