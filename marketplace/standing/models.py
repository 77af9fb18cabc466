"""The file of an institution, the policy that reads it, ratings as computed, appeals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.standing.states import (
    AppealState,
    Component,
    Grade,
    RatingCause,
    StandingKind,
)

_FILED = text("state = 'filed'")


class RatingPolicy(Base):
    """One version of the published formula's settings and of what a grade has as its effect."""

    __tablename__ = "rating_policy"

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(unique=True)
    valid_from: Mapped[date] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str]
    loaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    loaded_at: Mapped[datetime]


class StandingRecord(Base):
    """One dated fact about an institution. The database refuses to change or delete it."""

    __tablename__ = "standing_record"
    __table_args__ = (
        CheckConstraint(
            "(withdraws_id IS NULL) = (kind <> 'withdrawal')", name="withdrawal_names_a_fact"
        ),
        CheckConstraint(
            "(component IS NOT NULL) = (kind = 'correction')", name="correction_names_a_component"
        ),
        CheckConstraint("valid_until IS NULL OR valid_until >= happened_on", name="dates"),
        CheckConstraint("points BETWEEN -100 AND 100", name="points"),
        Index("ix_standing_record_institution", "institution_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[StandingKind] = state_column(StandingKind, name="kind")
    points: Mapped[int]
    """As the policy in force set them when the fact was recorded; negative takes away."""
    policy_version: Mapped[int]
    happened_on: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day on which it counts (the repair period); empty: it counts for good."""
    clause: Mapped[str]
    evidence: Mapped[str]
    """What was found and what proves it; no names of learners."""
    is_public: Mapped[bool]
    subject_kind: Mapped[str | None]
    subject_code: Mapped[str | None]
    component: Mapped[Component | None] = state_column(Component, name="component", nullable=True)
    successes: Mapped[int | None]
    trials: Mapped[int | None]
    """A correction: by how much the counts of its component change."""
    withdraws_id: Mapped[int | None] = mapped_column(ForeignKey("standing_record.id"), unique=True)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class Rating(Base):
    """Grade and stars as computed once, with all inputs. Never changed: it can be recomputed."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("institution_id", "as_of", "number"),
        CheckConstraint("stars_hundredths BETWEEN 100 AND 500", name="stars"),
        CheckConstraint(
            "low_hundredths <= stars_hundredths AND stars_hundredths <= high_hundredths",
            name="interval",
        ),
        CheckConstraint(
            "(stars_hundredths IS NULL) = (low_hundredths IS NULL)"
            " AND (stars_hundredths IS NULL) = (high_hundredths IS NULL)",
            name="interval_with_stars",
        ),
        CheckConstraint("n >= 0", name="n"),
        Index("ix_rating_institution", "institution_id", "as_of", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    as_of: Mapped[date]
    number: Mapped[int]
    """1 for the first rating of a day; another one only when its inputs differ."""
    formula: Mapped[str]
    policy_version: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    inputs_sha256: Mapped[str]
    result: Mapped[dict[str, Any]]
    grade: Mapped[Grade] = state_column(Grade, name="grade")
    points: Mapped[int]
    stars_hundredths: Mapped[int | None]
    low_hundredths: Mapped[int | None]
    high_hundredths: Mapped[int | None]
    n: Mapped[int]
    cause: Mapped[RatingCause] = state_column(RatingCause, name="cause")
    computed_at: Mapped[datetime]


class InstitutionRating(Base):
    """The rating in force: one row per institution, for lists, search and refusals to join."""

    __tablename__ = "institution_rating"
    __table_args__ = (
        Index("ix_institution_rating_stars", "stars_hundredths", "institution_id"),
        Index("ix_institution_rating_grade", "grade", "institution_id"),
    )

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    rating_id: Mapped[int] = mapped_column(ForeignKey("rating.id"))
    grade: Mapped[Grade] = state_column(Grade, name="grade")
    stars_hundredths: Mapped[int | None]
    """437 are 4.37 stars; empty: not enough data, never 0."""
    low_hundredths: Mapped[int | None]
    high_hundredths: Mapped[int | None]
    n: Mapped[int]
    is_barred: Mapped[bool]
    """The grade keeps it from new course runs, by the policy version of its rating."""
    as_of: Mapped[date]


class RatingAppeal(Base):
    """An institution's objection to a fact in its file, or to the counts behind its stars."""

    __tablename__ = "rating_appeal"
    __table_args__ = (
        CheckConstraint("(record_id IS NULL) <> (rating_id IS NULL)", name="one_subject"),
        CheckConstraint("decided_by IS NULL OR decided_by <> filed_by", name="two_people"),
        CheckConstraint("(state = 'filed') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_rating_appeal_open_record",
            "record_id",
            unique=True,
            sqlite_where=_FILED,
            postgresql_where=_FILED,
        ),
        Index(
            "uq_rating_appeal_open_rating",
            "rating_id",
            unique=True,
            sqlite_where=_FILED,
            postgresql_where=_FILED,
        ),
        Index("ix_rating_appeal_institution", "institution_id", "id"),
        Index("ix_rating_appeal_state", "state", "filed_at", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    record_id: Mapped[int | None] = mapped_column(ForeignKey("standing_record.id"))
    rating_id: Mapped[int | None] = mapped_column(ForeignKey("rating.id"))
    state: Mapped[AppealState] = state_column(AppealState)
    reason: Mapped[str]
    filed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    filed_at: Mapped[datetime]
    decision: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    correcting_record_id: Mapped[int | None] = mapped_column(ForeignKey("standing_record.id"))
