"""What can be learned, where and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint

from marketplace.catalog.states import (
    CourseDecisionKind,
    CourseMode,
    CourseRunState,
    CourseSide,
    CourseState,
    LateFilingState,
    ShortageEditionState,
    ShortageEntryKind,
    ShortageTier,
    SynonymState,
    WageKind,
)
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


class ShortageEdition(Base):
    """One dated edition of one tier's list of occupations in demand (急需紧缺目录)."""

    __tablename__ = "shortage_edition"
    __table_args__ = (
        CheckConstraint("published_by IS NULL OR published_by <> proposed_by", name="two_people"),
        CheckConstraint("state <> 'published' OR in_force_from IS NOT NULL", name="dated"),
        Index("ix_shortage_edition_list", "tier", "jurisdiction_id", "in_force_from"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    tier: Mapped[ShortageTier] = state_column(ShortageTier, name="tier")
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    """Whose list it is; empty: the whole deployment's."""
    state: Mapped[ShortageEditionState] = state_column(ShortageEditionState)
    in_force_from: Mapped[date | None]
    superseded_on: Mapped[date | None]
    """First day on which the next edition of the same list counts instead."""
    source: Mapped[str]
    """`own`, or the kind of file it came from."""
    as_of: Mapped[date | None]
    clause: Mapped[str | None]
    content_sha256: Mapped[str | None]
    return_reason: Mapped[str | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    published_at: Mapped[datetime | None]


class ShortageListEntry(Base):
    """An occupation, with all below it, in demand in a place, or excepted there."""

    __tablename__ = "shortage_list_entry"
    __table_args__ = (
        CheckConstraint(
            "uplift_percent IS NULL OR uplift_percent BETWEEN 1 AND 100", name="uplift"
        ),
        Index("ix_shortage_list_entry_edition_id", "edition_id", "occupation_id"),
    )

    id: Mapped[Id]
    occupation_id: Mapped[int] = mapped_column(ForeignKey("occupation.id"), index=True)
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("shortage_edition.id"))
    """Empty: entered before lists had editions; it counts by its own dates."""
    kind: Mapped[ShortageEntryKind] = state_column(
        ShortageEntryKind, name="kind", server_default="add"
    )
    uplift_percent: Mapped[int | None]
    """What the list says a subsidy may be raised by here; empty: it says nothing."""
    clause: Mapped[str | None]


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


class CourseDecision(Base):
    """What was done about a course, by whom and why; only ever added to (目录清单管理)."""

    __tablename__ = "course_decision"
    __table_args__ = (Index("ix_course_decision_course", "course_id", "id"),)

    id: Mapped[Id]
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), index=True)
    """The version it was about."""
    kind: Mapped[CourseDecisionKind] = state_column(CourseDecisionKind, name="kind")
    side: Mapped[CourseSide] = state_column(CourseSide, name="side")
    reason: Mapped[str | None]
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    """The warnings the officer saw, with the numbers of that moment."""
    effective_on: Mapped[date]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]


class CatalogPolicyRow(Base):
    """The settings of course review and class filing from a day on; the newest begun counts."""

    __tablename__ = "catalog_policy"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
    clause: Mapped[str]
    valid_from: Mapped[date]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime]


class LateFiling(Base):
    """A class filed too shortly before it begins, and the officer's answer."""

    __tablename__ = "late_filing"

    id: Mapped[Id]
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"), unique=True)
    state: Mapped[LateFilingState] = state_column(LateFilingState)
    days_before: Mapped[int]
    days_asked: Mapped[int]
    """The setting on the day of filing."""
    reason: Mapped[str]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class CourseRunChange(Base):
    """What of a filed class was changed, why, and how many learners were told."""

    __tablename__ = "course_run_change"
    __table_args__ = (UniqueConstraint("course_run_id", "number"),)

    id: Mapped[Id]
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    number: Mapped[int]
    changes: Mapped[list[Any]]
    """`{"what", "before", "after"}` each; `what` is a key of `CHANGE_WORDS`."""
    reason: Mapped[str | None]
    learners_told: Mapped[int]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]


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
    course_version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    site: Mapped[str]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("training_site.id"), index=True)
    """The registered site; empty: `site` is all that is known (older classes, online ones)."""
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
    room_id: Mapped[int | None] = mapped_column(ForeignKey("training_room.id"), index=True)
    trainer_id: Mapped[int | None] = mapped_column(ForeignKey("trainer.id"), index=True)
    """What the lesson takes up in the registers; `room` and `teacher` keep what was filed."""


class TrainingOutcome(Base):
    """What became of those who trained: one institution, one course or field, one period.

    Empty figures were not given or were suppressed by the source because few learners stand
    behind them; they are never 0. `…_of` is the number of people a figure is about.
    """

    __tablename__ = "training_outcome"
    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        *(
            CheckConstraint(f"employed_q{q} BETWEEN 0 AND employed_q{q}_of", name=f"employed_q{q}")
            for q in (2, 4, 8)
        ),
        CheckConstraint("completed IS NULL OR completed >= 0", name="completed"),
        CheckConstraint("started IS NULL OR started >= completed", name="started"),
        Index("ix_training_outcome_institution", "institution_id", "course_id", "field_code"),
        Index("ix_training_outcome_course", "course_id"),
    )

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    course_id: Mapped[int | None] = mapped_column(ForeignKey("course.id"))
    field_code: Mapped[str | None]
    """Field of study (CIP); empty for the figures of one course or of all training."""
    period: Mapped[str]
    """`2025`, `2025H1`, `2025Q3`; empty: as long as the source counts."""
    period_ends_on: Mapped[date | None]
    source: Mapped[str]
    source_key: Mapped[str]
    started: Mapped[int | None]
    completed: Mapped[int | None]
    employed_q2: Mapped[int | None]
    employed_q2_of: Mapped[int | None]
    employed_q4: Mapped[int | None]
    employed_q4_of: Mapped[int | None]
    employed_q8: Mapped[int | None]
    employed_q8_of: Mapped[int | None]
    wage_q2_fen: Mapped[int | None]
    wage_q2_of: Mapped[int | None]
    wage_q4_fen: Mapped[int | None]
    wage_q4_of: Mapped[int | None]
    wage_q8_fen: Mapped[int | None]
    wage_q8_of: Mapped[int | None]
    wage_kind: Mapped[WageKind | None] = state_column(WageKind, name="wage_kind", nullable=True)
    wage_months: Mapped[int]
    """Months a wage is for: 1, or 3 for a quarter's wage."""
    currency: Mapped[str]
    content_sha256: Mapped[str]
    as_of: Mapped[date]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


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
