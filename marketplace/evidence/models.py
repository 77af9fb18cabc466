"""Holds on redemptions, and when a class was looked at last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index

from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column


class EvidenceHold(Base):
    """A finding that stops the redemption of one learner, or of a whole class, until decided.

    A trigger on `redemption` refuses every row that an undecided or upheld hold stands against.
    """

    __tablename__ = "evidence_hold"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
        CheckConstraint(
            "state = 'open' OR coalesce(length(decision_reason), 0) > 0", name="reason"
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> answered_by", name="two_people"),
        Index("ix_evidence_hold_run", "course_run_id", "state"),
        Index("ix_evidence_hold_enrollment", "enrollment_id", "state"),
        Index("ix_evidence_hold_worklist", "state", "opened_at", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[FindingKind] = state_column(FindingKind, name="kind")
    clause: Mapped[str]
    finding_key: Mapped[str] = mapped_column(unique=True)
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    enrollment_id: Mapped[int | None] = mapped_column(ForeignKey("enrollment.id"))
    """Whose redemption is held; empty: everybody's of the class."""
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    params: Mapped[dict[str, Any]]
    """What fills the sentence of its kind."""
    evidence: Mapped[list[Any]]
    state: Mapped[HoldState] = state_column(HoldState)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The officer who took it on; before, it is the office's of the institution's place."""
    taken_at: Mapped[datetime | None]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Whose act led to the check; empty: the nightly check."""
    opened_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class EvidenceCheck(Base):
    """When the records of a class were looked at last, and how much was found."""

    __tablename__ = "evidence_check"

    id: Mapped[Id]
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"), unique=True)
    findings: Mapped[int]
    checked_at: Mapped[datetime]
