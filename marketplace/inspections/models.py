"""Visits, who was seen, what was observed, photos, and what the institution says to it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint

from marketplace.enrollment.states import AttendanceMethod, AttendanceState
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.inspections.states import Observation, VisitKind, VisitState


class InspectionVisit(Base):
    """An inspector at a class. Triggers keep what is submitted or canceled as it is."""

    __tablename__ = "inspection_visit"
    __table_args__ = (
        CheckConstraint(
            "(state = 'submitted') = (submitted_at IS NOT NULL)"
            " AND (state = 'submitted') = (head_count IS NOT NULL)"
            " AND (state = 'submitted') = (answer_due_on IS NOT NULL)",
            name="submitted",
        ),
        CheckConstraint(
            "state NOT IN ('open', 'submitted')"
            " OR (lesson_id IS NOT NULL AND begun_at IS NOT NULL)",
            name="on_site",
        ),
        CheckConstraint("head_count >= 0", name="heads"),
        CheckConstraint(
            "state <> 'canceled' OR coalesce(length(cancel_reason), 0) > 0", name="canceled"
        ),
        Index("ix_inspection_visit_inspector", "inspector_id", "state", "planned_on"),
        Index("ix_inspection_visit_run", "course_run_id", "state"),
        Index("ix_inspection_visit_institution", "institution_id", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[VisitKind] = state_column(VisitKind, name="kind")
    state: Mapped[VisitState] = state_column(VisitState)
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"))
    """Chosen on site: the lesson that is held."""
    inspector_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    planned_on: Mapped[date]
    planned_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    head_count: Mapped[int | None]
    is_roll_call: Mapped[bool] = mapped_column(default=False)
    comment: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    answer_due_on: Mapped[date | None]
    cancel_reason: Mapped[str | None]


class InspectionSighting(Base):
    """One learner of the class at a visit: seen or not, and what was recorded at that moment."""

    __tablename__ = "inspection_sighting"
    __table_args__ = (UniqueConstraint("visit_id", "enrollment_id"),)

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("inspection_visit.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), index=True)
    is_seen: Mapped[bool]
    recorded: Mapped[AttendanceState | None] = state_column(
        AttendanceState, name="recorded", nullable=True
    )
    """What the sheet of the lesson said when the visit was submitted; empty: nothing yet."""
    method: Mapped[AttendanceMethod | None] = state_column(
        AttendanceMethod, name="method", nullable=True
    )


class InspectionObservation(Base):
    """One coded observation of a visit."""

    __tablename__ = "inspection_observation"
    __table_args__ = (UniqueConstraint("visit_id", "observation"),)

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("inspection_visit.id"))
    observation: Mapped[Observation] = state_column(Observation, name="observation")


class InspectionDocument(Base):
    """A photo or document of a visit; the file is kept encrypted like every document."""

    __tablename__ = "inspection_document"

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("inspection_visit.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)


class InspectionAnswer(Base):
    """What the institution says to a visit; another answer is another row."""

    __tablename__ = "inspection_answer"

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("inspection_visit.id"), index=True)
    answer: Mapped[str]
    answered_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime]
