"""Listing periods kept by triggers, and the registers of assessors and qualifications."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.catalog.states import CourseState
from marketplace.directories.states import ListingBasis, QualificationKind, RegisterState
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.institutions.states import InstitutionState

_OPEN = text("until_at IS NULL")


def _periods(table: str, subject: str) -> tuple[Index, Index]:
    """One open period per subject, and the way to its periods."""
    return (
        Index(f"uq_{table}_open", subject, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(f"ix_{table}_{subject}", subject, "from_at"),
    )


class InstitutionListing(Base):
    """What the directory of institutions said about one of them, from an instant to an instant.

    Written by triggers on `institution`, whoever changes it; only ever closed, never edited.
    """

    __tablename__ = "institution_listing"
    __table_args__ = _periods("institution_listing", "institution_id")

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    state: Mapped[InstitutionState] = state_column(InstitutionState)
    name: Mapped[str]
    uscc: Mapped[str | None]
    kind: Mapped[str | None]
    city: Mapped[str | None]
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    """When the database wrote the row, by its own clock."""
    basis: Mapped[ListingBasis] = state_column(
        ListingBasis, name="basis", server_default=ListingBasis.RECORDED.value
    )


class AccreditationListing(Base):
    """An accreditation as it was granted, from an instant to an instant: kept by triggers."""

    __tablename__ = "accreditation_listing"
    __table_args__ = (
        *_periods("accreditation_listing", "accreditation_id"),
        Index("ix_accreditation_listing_institution_id", "institution_id", "from_at"),
    )

    id: Mapped[Id]
    accreditation_id: Mapped[int] = mapped_column(ForeignKey("accreditation.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    occupation_code: Mapped[str | None]
    level: Mapped[int | None]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    basis: Mapped[ListingBasis] = state_column(
        ListingBasis, name="basis", server_default=ListingBasis.RECORDED.value
    )


class CourseListing(Base):
    """Which version of a course was listed, from an instant to an instant: kept by triggers."""

    __tablename__ = "course_listing"
    __table_args__ = _periods("course_listing", "course_id")

    id: Mapped[Id]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    state: Mapped[CourseState] = state_column(CourseState)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    version_id: Mapped[int] = mapped_column(
        ForeignKey("course_version.id", deferrable=True, initially="DEFERRED"), index=True
    )
    """Proved when the unit of work ends: an import writes courses before their versions."""
    occupation_id: Mapped[int | None] = mapped_column(ForeignKey("occupation.id"))
    level: Mapped[int | None]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    recorded_at: Mapped[datetime]
    basis: Mapped[ListingBasis] = state_column(
        ListingBasis, name="basis", server_default=ListingBasis.RECORDED.value
    )


class Assessor(Base):
    """A body that assesses skills (评价机构); what it may assess stands in its versions."""

    __tablename__ = "assessor"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    source_key: Mapped[str]
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    """Whose officers keep this entry; empty: the administrators."""
    created_at: Mapped[datetime]


class AssessorVersion(Base):
    """What the directory says about an assessor from a day on. Never changed."""

    __tablename__ = "assessor_version"
    __table_args__ = (
        UniqueConstraint("assessor_id", "number"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates"),
    )

    id: Mapped[Id]
    assessor_id: Mapped[int] = mapped_column(ForeignKey("assessor.id"))
    number: Mapped[int]
    state: Mapped[RegisterState] = state_column(RegisterState)
    effective_on: Mapped[date]
    name: Mapped[str]
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    uscc: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    clause: Mapped[str | None]
    reason: Mapped[str]
    content_sha256: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class AssessorScope(Base):
    """One occupation, with all below it, and level that a version allows. Empty: any."""

    __tablename__ = "assessor_scope"
    __table_args__ = (
        CheckConstraint("level IS NULL OR level BETWEEN 1 AND 5", name="level"),
        Index("ix_assessor_scope_version_id", "version_id"),
        Index("ix_assessor_scope_occupation_id", "occupation_id"),
    )

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey("assessor_version.id"))
    occupation_id: Mapped[int | None] = mapped_column(ForeignKey("occupation.id"))
    level: Mapped[int | None]


class Qualification(Base):
    """A qualification, skill level, credential or licence (职业资格、技能等级等)."""

    __tablename__ = "qualification"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    source_key: Mapped[str]
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    """Where it counts, and whose officers keep it; empty: everywhere, the administrators."""
    created_at: Mapped[datetime]


class QualificationVersion(Base):
    """What the directory says about a qualification from a day on. Never changed."""

    __tablename__ = "qualification_version"
    __table_args__ = (
        UniqueConstraint("qualification_id", "number"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates"),
        CheckConstraint("level IS NULL OR level BETWEEN 1 AND 5", name="level"),
    )

    id: Mapped[Id]
    qualification_id: Mapped[int] = mapped_column(ForeignKey("qualification.id"))
    number: Mapped[int]
    state: Mapped[RegisterState] = state_column(RegisterState)
    effective_on: Mapped[date]
    name: Mapped[str]
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    kind: Mapped[QualificationKind] = state_column(QualificationKind, name="kind")
    occupation_id: Mapped[int | None] = mapped_column(ForeignKey("occupation.id"), index=True)
    level: Mapped[int | None]
    issuer: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    clause: Mapped[str | None]
    reason: Mapped[str]
    content_sha256: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
