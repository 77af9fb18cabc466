"""Pledges, groups of employers, and the seats that were offered to them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.pledges.states import (
    EmployerGroupState,
    PledgeHours,
    PledgeOfferState,
    PledgeState,
)

_WAITING = text("state IN ('open', 'offered')")
_OPEN = text("state = 'open'")


class Pledge(Base):
    """A person would learn an occupation, at a place, beginning within a time. Binds nobody."""

    __tablename__ = "pledge"
    __table_args__ = (
        CheckConstraint("starts_until >= starts_from", name="dates"),
        Index(
            "uq_pledge_waiting",
            "worker_id",
            "occupation_id",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_pledge_line", "occupation_id", "state", "id"),
        Index("ix_pledge_employer_group_id", "employer_group_id", "state"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    occupation_id: Mapped[int] = mapped_column(ForeignKey("occupation.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    """A class anywhere within this place suits."""
    starts_from: Mapped[date]
    starts_until: Mapped[date]
    """The class begins on one of these days."""
    hours: Mapped[PledgeHours] = state_column(PledgeHours, name="hours")
    state: Mapped[PledgeState] = state_column(PledgeState)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    employer_group_id: Mapped[int | None] = mapped_column(ForeignKey("employer_group.id"))
    """The employer's group the person joined with its code; never more than it announced, which
    the database guards."""


class EmployerGroup(Base):
    """A small employer would send so many of its people. Written down by an office: employers have
    no login. Its people join by its code, each with a pledge and a voucher of their own."""

    __tablename__ = "employer_group"
    __table_args__ = (
        CheckConstraint("starts_until >= starts_from", name="dates"),
        CheckConstraint("people BETWEEN 2 AND 200", name="people"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        Index("ix_employer_group_jurisdiction_id", "jurisdiction_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    """What the employer gives its people to join with."""
    employer_name: Mapped[str]
    uscc: Mapped[str | None]
    occupation_id: Mapped[int] = mapped_column(ForeignKey("occupation.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    starts_from: Mapped[date]
    starts_until: Mapped[date]
    hours: Mapped[PledgeHours] = state_column(PledgeHours, name="hours")
    people: Mapped[int]
    """How many the employer would send."""
    state: Mapped[EmployerGroupState] = state_column(EmployerGroupState)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PledgeOffer(Base):
    """A seat of a class, held for a pledge until a deadline."""

    __tablename__ = "pledge_offer"
    __table_args__ = (
        UniqueConstraint("pledge_id", "course_run_id"),
        CheckConstraint("(state = 'taken') = (enrollment_id IS NOT NULL)", name="taken"),
        Index(
            "uq_pledge_offer_open",
            "pledge_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_pledge_offer_run", "course_run_id", "state"),
        Index("ix_pledge_offer_due", "state", "held_until"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    pledge_id: Mapped[int] = mapped_column(ForeignKey("pledge.id"))
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    state: Mapped[PledgeOfferState] = state_column(PledgeOfferState)
    held_until: Mapped[datetime]
    enrollment_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
