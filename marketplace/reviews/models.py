"""Reviews of learners, and whom we have asked for one."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index

from marketplace.foundation.db import Base, Id, Mapped, mapped_column
from marketplace.reviews.states import Question


class LearnerReview(Base):
    """Four answers of a learner about one training. The database refuses changes."""

    __tablename__ = "learner_review"
    __table_args__ = (
        *(CheckConstraint(f"{one.value} BETWEEN 1 AND 5", name=one.value) for one in Question),
        Index("ix_learner_review_institution", "institution_id", "given_on"),
        Index("ix_learner_review_course", "course_id", "given_on"),
    )

    id: Mapped[Id]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    overall: Mapped[int]
    teaching: Mapped[int]
    usefulness: Mapped[int]
    as_promised: Mapped[int]
    given_on: Mapped[date]
    given_at: Mapped[datetime]


class ReviewRequest(Base):
    """A learner was asked for a review, and reminded once at most."""

    __tablename__ = "review_request"
    __table_args__ = (Index("ix_review_request_due", "reminded_at", "asked_at"),)

    id: Mapped[Id]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    asked_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
