"""Applications for accreditation and everything in their dossier."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.accreditation.states import ApplicationState, DocumentKind, EventKind
from marketplace.foundation.db import Base, Id, Mapped, Sealed, mapped_column, state_column

_OPEN = text("state IN ('draft', 'submitted', 'returned')")


class AccreditationApplication(Base):
    """One application of an institution: new, or for a wider scope. One open at a time."""

    __tablename__ = "accreditation_application"
    __table_args__ = (
        Index(
            "uq_accreditation_application_open",
            "institution_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_accreditation_application_worklist", "state", "due_on", "id"),
        CheckConstraint("state <> 'submitted' OR due_on IS NOT NULL", name="clock"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    state: Mapped[ApplicationState] = state_column(ApplicationState)
    uscc: Mapped[str | None]
    legal_form: Mapped[str | None]
    representative_sealed: Mapped[str | None]
    representative = Sealed()
    contact_sealed: Mapped[str | None]
    contact = Sealed()
    address: Mapped[str | None]
    declared_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    declared_at: Mapped[datetime | None]
    days_allowed: Mapped[int | None]
    """Working days for the decision by the policy of the first submission."""
    days_used: Mapped[int] = mapped_column(default=0)
    """Those gone by before it was returned: the clock stands still while it is."""
    counting_from: Mapped[date | None]
    """The day the present count began; the day itself does not count."""
    due_on: Mapped[date | None]
    """Decide by this day; empty while nothing waits for the office."""
    begun_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    begun_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class ApplicationScope(Base):
    """One thing an application asks for: an occupation, a level, a site, from a day to a day."""

    __tablename__ = "application_scope"
    __table_args__ = (CheckConstraint("valid_until >= valid_from", name="dates"),)

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(
        ForeignKey("accreditation_application.id"), index=True
    )
    occupation_code: Mapped[str]
    level: Mapped[int | None]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("training_site.id"))
    """Empty: at every site of the institution."""
    valid_from: Mapped[date]
    valid_until: Mapped[date]


class ApplicationDocument(Base):
    """A file of the dossier; the file itself is kept, encrypted, as a document."""

    __tablename__ = "application_document"

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(
        ForeignKey("accreditation_application.id"), index=True
    )
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    kind: Mapped[DocumentKind] = state_column(DocumentKind, name="kind")
    removed_at: Mapped[datetime | None]
    """Taken out of the dossier before the decision; what an officer once saw stays on record."""


class ApplicationEvent(Base):
    """What happened to an application, by whom, with all reasons. Append-only."""

    __tablename__ = "application_event"

    id: Mapped[Id]
    application_id: Mapped[int] = mapped_column(
        ForeignKey("accreditation_application.id"), index=True
    )
    kind: Mapped[EventKind] = state_column(EventKind, name="kind")
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None]
    clause: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Returned: the reason of each step. Submitted: the dossier as it was handed in."""


class ReviewLimit(Base):
    """How many working days the office has, from a day on, by which clause."""

    __tablename__ = "review_limit"
    __table_args__ = (
        CheckConstraint("working_days BETWEEN 1 AND 250", name="days"),
        UniqueConstraint("valid_from"),
    )

    id: Mapped[Id]
    valid_from: Mapped[date]
    working_days: Mapped[int]
    clause: Mapped[str]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime]


class CalendarDay(Base):
    """A day that is not what its weekday says: a public holiday, or a weekend worked instead."""

    __tablename__ = "calendar_day"

    id: Mapped[Id]
    day: Mapped[date] = mapped_column(unique=True)
    is_working: Mapped[bool]
    name: Mapped[str | None]
