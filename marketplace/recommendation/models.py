"""Whether a person wants suggestions, and which were shown to whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.recommendation.states import SuggestionState


class SuggestionPreference(Base):
    """A person's own setting; without a row suggestions are on and no work was named."""

    __tablename__ = "suggestion_preference"

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), unique=True)
    state: Mapped[SuggestionState] = state_column(SuggestionState)
    occupation_id: Mapped[int | None] = mapped_column(ForeignKey("occupation.id"))
    """The work the person says they want."""
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class SuggestionShowing(Base):
    """A course that stood among somebody's suggestions on a day; once a day, however often read."""

    __tablename__ = "suggestion_showing"
    __table_args__ = (
        UniqueConstraint("worker_id", "course_id", "shown_on"),
        Index("ix_suggestion_showing_institution", "institution_id", "shown_on"),
        Index("ix_suggestion_showing_shown_on", "shown_on"),
    )

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    shown_on: Mapped[date]
    shown_at: Mapped[datetime]
    place: Mapped[int]
    """1 is the first of the list."""
