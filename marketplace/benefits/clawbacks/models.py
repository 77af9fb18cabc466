"""What people have to give back, what became of it, and what they say against it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.benefits.clawbacks.states import (
    BenefitClawbackState,
    ClawbackDisputeState,
    RepaymentKind,
    RepaymentState,
)
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_OPEN = text("state = 'open'")


class BenefitClawback(Base):
    """Money of a paid benefit that its person has to give back (追回).

    Made by one officer, approved by another; what was decided never changes (triggers).
    """

    __tablename__ = "benefit_clawback"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("instalments BETWEEN 1 AND 36", name="instalments"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        CheckConstraint("(state = 'approved') = (entry_id IS NOT NULL)", name="booked"),
        Index("ix_benefit_clawback_worker", "worker_id", "id"),
        Index("ix_benefit_clawback_benefit", "benefit_id"),
        Index("ix_benefit_clawback_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    benefit_id: Mapped[int] = mapped_column(ForeignKey("benefit.id"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    amount_fen: Mapped[int]
    currency: Mapped[str]
    instalments: Mapped[int]
    """Monthly parts in which later benefits are kept back; paying earlier is always possible."""
    reason: Mapped[str]
    clause: Mapped[str]
    state: Mapped[BenefitClawbackState] = state_column(BenefitClawbackState)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)


class BenefitNetting(Base):
    """Part of a later benefit kept back for a clawback; released when that benefit is withdrawn."""

    __tablename__ = "benefit_netting"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(released_at IS NULL) = (release_entry_id IS NULL)", name="released"),
        Index("ix_benefit_netting_clawback", "clawback_id", "id"),
        Index("ix_benefit_netting_benefit", "benefit_id"),
    )

    id: Mapped[Id]
    clawback_id: Mapped[int] = mapped_column(ForeignKey("benefit_clawback.id"))
    benefit_id: Mapped[int] = mapped_column(ForeignKey("benefit.id"))
    amount_fen: Mapped[int]
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    netted_at: Mapped[datetime]
    release_entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("journal_entry.id"), unique=True
    )
    released_at: Mapped[datetime | None]


class BenefitRepayment(Base):
    """What a person paid back of a clawback, or what was waived; two officers sign it."""

    __tablename__ = "benefit_repayment"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        CheckConstraint(
            "(state IN ('booked', 'reversed')) = (entry_id IS NOT NULL)", name="booked"
        ),
        CheckConstraint("state <> 'reversed' OR kind = 'bank'", name="reversed"),
        CheckConstraint("kind <> 'deposit' OR document_id IS NOT NULL", name="proof"),
        Index("ix_benefit_repayment_clawback", "clawback_id", "id"),
        Index("ix_benefit_repayment_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    clawback_id: Mapped[int] = mapped_column(ForeignKey("benefit_clawback.id"))
    kind: Mapped[RepaymentKind] = state_column(RepaymentKind, name="kind")
    amount_fen: Mapped[int]
    paid_on: Mapped[date]
    proof: Mapped[str]
    """Number of the receipt, reference of the bank's difference, or why it is waived."""
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[RepaymentState] = state_column(RepaymentState)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)


class BenefitClawbackDispute(Base):
    """A person says that they do not owe it (异议); while it is open nothing is kept back."""

    __tablename__ = "benefit_clawback_dispute"
    __table_args__ = (
        CheckConstraint(
            "(state = 'open') = (decided_by IS NULL) AND (state = 'open') = (answer IS NULL)",
            name="answered",
        ),
        CheckConstraint("state <> 'rejected' OR clause IS NOT NULL", name="clause"),
        CheckConstraint("decided_by IS NULL OR decided_by <> filed_by", name="two_people"),
        Index(
            "uq_benefit_clawback_dispute_open",
            "clawback_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[Id]
    clawback_id: Mapped[int] = mapped_column(ForeignKey("benefit_clawback.id"), index=True)
    words: Mapped[str]
    state: Mapped[ClawbackDisputeState] = state_column(ClawbackDisputeState)
    filed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    filed_at: Mapped[datetime]
    due_on: Mapped[date]
    answer: Mapped[str | None]
    clause: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
