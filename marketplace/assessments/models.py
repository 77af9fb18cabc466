"""Assessments of classes by a body of the directory, their results, and how these were changed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.assessments.states import AssessmentState, ChangeState, ResultKind
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_AT_WORK = text("removed_at IS NULL")
_LIVE = text("state <> 'canceled'")
_PROPOSED = text("state = 'proposed'")


class AssessorMember(Base):
    """A login that enters results for a body; one body per login at a time."""

    __tablename__ = "assessor_member"
    __table_args__ = (
        Index(
            "uq_assessor_member_user",
            "user_id",
            unique=True,
            sqlite_where=_AT_WORK,
            postgresql_where=_AT_WORK,
        ),
    )

    id: Mapped[Id]
    assessor_id: Mapped[int] = mapped_column(ForeignKey("assessor.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    added_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    removed_at: Mapped[datetime | None]


class Assessment(Base):
    """A class that a body assesses: one at a time; another person than who asked enters it."""

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint(
            "(state = 'submitted') = (submitted_by IS NOT NULL)"
            " AND (state = 'submitted') = (assessed_on IS NOT NULL)",
            name="submitted",
        ),
        CheckConstraint("submitted_by IS NULL OR submitted_by <> assigned_by", name="two_people"),
        CheckConstraint(
            "state <> 'canceled' OR coalesce(length(cancel_reason), 0) > 0", name="canceled"
        ),
        Index("ix_assessment_assessor", "assessor_id", "state", "id"),
        Index(
            "uq_assessment_live",
            "course_run_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[AssessmentState] = state_column(AssessmentState)
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    assessor_id: Mapped[int] = mapped_column(ForeignKey("assessor.id"))
    assigned_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    assigned_at: Mapped[datetime]
    assessed_on: Mapped[date | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]


class AssessmentChange(Base):
    """A wrong result: one person of the body proposes, an officer decides."""

    __tablename__ = "assessment_change"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        Index(
            "uq_assessment_change_open",
            "assessment_id",
            "enrollment_id",
            unique=True,
            sqlite_where=_PROPOSED,
            postgresql_where=_PROPOSED,
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[ChangeState] = state_column(ChangeState)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    result: Mapped[ResultKind] = state_column(ResultKind, name="result")
    score: Mapped[int | None]
    reason: Mapped[str]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    decision_reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class AssessmentResultRow(Base):
    """What the body says about a learner; the newest row counts.

    Rows are only added, and a second one for a learner only with an accepted change: triggers.
    """

    __tablename__ = "assessment_result"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_assessment_result_batch", "assessment_id", "enrollment_id", "id"),
        Index("ix_assessment_result_enrollment", "enrollment_id", "id"),
    )

    id: Mapped[Id]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    result: Mapped[ResultKind] = state_column(ResultKind, name="result")
    score: Mapped[int | None]
    change_id: Mapped[int | None] = mapped_column(ForeignKey("assessment_change.id"), unique=True)
    entered_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    entered_at: Mapped[datetime]
