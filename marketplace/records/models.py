"""Certificates and their changes, links to a record, and every look."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.enrollment.rules import is_rate_of_hours
from marketplace.foundation.db import Base, Id, Mapped, Sealed, mapped_column, state_column
from marketplace.records.states import (
    CertificateState,
    ChangeKind,
    ChangeReason,
    ChangeState,
    LookKind,
)

_VALID = text("state = 'valid'")
_PROPOSED = text("state = 'proposed'")


class Certificate(Base):
    """What a completed training proves. What it says never changes; it can only end."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("completion_id", "edition"),
        UniqueConstraint("status_list", "status_index"),
        Index(
            "uq_certificate_valid",
            "completion_id",
            unique=True,
            sqlite_where=_VALID,
            postgresql_where=_VALID,
        ),
        Index("ix_certificate_worker", "worker_id", "id"),
        Index("ix_certificate_institution", "institution_id", "id"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint("rate_percent BETWEEN 0 AND 100", name="rate"),
        CheckConstraint("(state = 'valid') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("status_list >= 0 AND status_index >= 0", name="place"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    """The number on the certificate; a later edition carries its own ending (`-2`)."""
    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"))
    edition: Mapped[int] = mapped_column(default=1)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    state: Mapped[CertificateState] = state_column(CertificateState)
    holder_sealed: Mapped[str]
    holder = Sealed()
    """The name as it was when the certificate was issued."""
    title: Mapped[str]
    institution_name: Mapped[str]
    course_code: Mapped[str]
    occupation_code: Mapped[str | None]
    level: Mapped[int | None]
    hours: Mapped[int | None]
    lessons_attended: Mapped[int]
    lessons_total: Mapped[int]
    rate_percent: Mapped[int]
    assessment: Mapped[str]
    completed_on: Mapped[date]
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the 128 random bits in the address of its public page."""
    token_sealed: Mapped[str]
    token = Sealed()
    """Kept, encrypted, because the holder prints the address again years later."""
    status_list: Mapped[int]
    status_index: Mapped[int]
    """Its bit in the published list; drawn at random, so that it tells nothing of when."""
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]

    @property
    def is_by_hours(self) -> bool:
        """The completion was decided on hours, online ones among them, not on lessons."""
        return is_rate_of_hours(
            self.rate_percent,
            lessons_attended=self.lessons_attended,
            lessons_total=self.lessons_total,
        )


class CertificateChange(Base):
    """One person proposes to end a certificate, another decides."""

    __tablename__ = "certificate_change"
    __table_args__ = (
        Index(
            "uq_certificate_change_open",
            "certificate_id",
            unique=True,
            sqlite_where=_PROPOSED,
            postgresql_where=_PROPOSED,
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state = 'proposed' OR decided_by IS NOT NULL", name="decider"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    kind: Mapped[ChangeKind] = state_column(ChangeKind, name="kind")
    reason: Mapped[ChangeReason] = state_column(ChangeReason, name="reason")
    note: Mapped[str]
    state: Mapped[ChangeState] = state_column(ChangeState)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class RecordShare(Base):
    """A link to chosen parts of a record, until a moment; only its hash is kept."""

    __tablename__ = "record_share"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="dates"),
        Index("ix_record_share_worker", "worker_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    label_sealed: Mapped[str]
    label = Sealed()
    """For whom it is, in the holder's own words."""
    details: Mapped[list[Any]]
    """`ShareDetail` values."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of 256 random bits."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecordShareItem(Base):
    """One training that a link shows."""

    __tablename__ = "record_share_item"
    __table_args__ = (UniqueConstraint("share_id", "enrollment_id"),)

    id: Mapped[Id]
    share_id: Mapped[int] = mapped_column(ForeignKey("record_share.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))


class RecordLook(Base):
    """Somebody saw a part of a record. The database refuses updates and deletes.

    Of an unknown visitor nothing is kept: no address, no program.
    """

    __tablename__ = "record_look"
    __table_args__ = (
        Index("ix_record_look_worker", "worker_id", "id"),
        Index("ix_record_look_share", "share_id", "id"),
        CheckConstraint("kind <> 'link' OR share_id IS NOT NULL", name="link"),
        CheckConstraint("kind <> 'certificate' OR certificate_id IS NOT NULL", name="certificate"),
        CheckConstraint(
            "kind <> 'officer' OR (actor_id IS NOT NULL AND purpose IS NOT NULL)", name="officer"
        ),
    )

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    at: Mapped[datetime]
    kind: Mapped[LookKind] = state_column(LookKind, name="kind")
    share_id: Mapped[int | None] = mapped_column(ForeignKey("record_share.id"))
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The login that looked; empty: somebody who was not signed in."""
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    """For whom that login works."""
    purpose: Mapped[str | None]
