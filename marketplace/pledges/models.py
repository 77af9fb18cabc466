"""Pledges, and the seats that were offered to them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.pledges.states import PledgeHours, PledgeOfferState, PledgeState

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
