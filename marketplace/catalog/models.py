"""What can be learned, where and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint

from marketplace.catalog.states import CourseMode, CourseRunState, CourseState, SynonymState
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column


class Occupation(Base):
    """One node of a loaded classification (`cn-2022`, `soc-2018`)."""

    __tablename__ = "occupation"
    __table_args__ = (
        UniqueConstraint("classification", "code"),
        Index("ix_occupation_parent_id", "parent_id", "code"),
    )

    id: Mapped[Id]
    classification: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    depth: Mapped[int]
    """1 is the broadest group; leaves are what courses name."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("occupation.id"))
    definition: Mapped[str | None]
    work_types: Mapped[list[Any]] = mapped_column(default=list)
    marks: Mapped[list[Any]] = mapped_column(default=list)
    """`green`, `digital`."""
    retired_on: Mapped[date | None]


class ShortageListEntry(Base):
    """An occupation in demand in a jurisdiction, from a day to a day."""

    __tablename__ = "shortage_list_entry"

    id: Mapped[Id]
    occupation_id: Mapped[int] = mapped_column(ForeignKey("occupation.id"), index=True)
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class Course(Base):
    """A training course of one institution (培训项目); what it says is its current version."""

    __tablename__ = "course"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    source: Mapped[str]
    source_key: Mapped[str]
    state: Mapped[CourseState] = state_column(CourseState)
    quarantine_reason: Mapped[str | None]
    """Not empty: not listed and not spendable until an administrator decides."""
    occupation_id: Mapped[int | None] = mapped_column(ForeignKey("occupation.id"), index=True)
    level: Mapped[int | None]
    """5 beginner .. 1 senior technician; empty: no skill level."""
    current_version_id: Mapped[int | None]
    """The course_version in force; no foreign key, because the two tables name each other."""
    proposed_version_id: Mapped[int | None]
    """A revision of a listed course that waits for review; the listed text stays until then."""
    return_reason: Mapped[str | None]
    """Why the reviewing officer sent the course, or its revision, back."""
    listed_on: Mapped[date | None]
    as_of: Mapped[date | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CourseVersion(Base):
    """What a course said from a day on. Never changed: a learner keeps what they enrolled on."""

    __tablename__ = "course_version"
    __table_args__ = (
        UniqueConstraint("course_id", "number"),
        CheckConstraint("fee_fen >= 0", name="fee"),
        CheckConstraint("hours IS NULL OR hours > 0", name="hours"),
    )

    id: Mapped[Id]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    number: Mapped[int]
    title: Mapped[str]
    description: Mapped[str]
    hours: Mapped[int | None]
    mode: Mapped[CourseMode] = state_column(CourseMode, name="mode")
    fee_fen: Mapped[int]
    fee_parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Parts in fen: tuition, fees, books, supplies, other."""
    currency: Mapped[str]
    certificate: Mapped[str | None]
    prerequisites: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Facts of the source without a column of their own: CIP code, languages, evening."""
    content_sha256: Mapped[str]
    valid_from: Mapped[date]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class CourseRun(Base):
    """One dated run of a course (班次), filed before it starts (开班备案)."""

    __tablename__ = "course_run"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("enrollment_closes_on >= enrollment_opens_on", name="window"),
        CheckConstraint("capacity BETWEEN 1 AND 1000", name="capacity"),
        CheckConstraint("seats_taken BETWEEN 0 AND capacity", name="seats"),
        Index("ix_course_run_state_starts_on", "state", "starts_on"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), index=True)
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    site: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    enrollment_opens_on: Mapped[date]
    enrollment_closes_on: Mapped[date]
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    state: Mapped[CourseRunState] = state_column(CourseRunState)
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    filed_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    created_at: Mapped[datetime]


class Lesson(Base):
    """One meeting of a course run (课次): the unit of attendance."""

    __tablename__ = "lesson"
    __table_args__ = (
        UniqueConstraint("course_run_id", "number"),
        CheckConstraint("ends_at > starts_at", name="times"),
    )

    id: Mapped[Id]
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    number: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    room: Mapped[str | None]
    teacher: Mapped[str | None]
    topic: Mapped[str | None]


class Synonym(Base):
    """An everyday word (月嫂, CDL) and the official words that are searched for with it.

    A row stands before the shipped word of the same spelling; a retired one silences it.
    """

    __tablename__ = "synonym"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    word: Mapped[str] = mapped_column(unique=True)
    """In normal form."""
    targets: Mapped[list[Any]]
    state: Mapped[SynonymState] = state_column(SynonymState)
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime]
