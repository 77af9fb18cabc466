"""Receipts for assessment fees that are given back as paid."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.benefits.proofs.states import FeeProofState
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_LIVE = text("state <> 'rejected'")


class FeeProof(Base):
    """What a person paid for the assessment of one training, as their receipt shows it.

    Handed in by the person, or by an officer for them; checked by another officer. What was handed
    in and decided never changes (triggers).
    """

    __tablename__ = "fee_proof"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(state = 'handed_in') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by IS NULL OR decided_by <> handed_in_by", name="two_people"),
        CheckConstraint("state <> 'rejected' OR reason IS NOT NULL", name="explained"),
        Index(
            "uq_fee_proof_enrollment",
            "enrollment_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            "uq_fee_proof_receipt",
            "receipt_number",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_fee_proof_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"), index=True)
    """Whose office checks it: that of the voucher."""
    amount_fen: Mapped[int]
    currency: Mapped[str]
    paid_on: Mapped[date]
    receipt_number: Mapped[str]
    """Without spaces, in capitals: one receipt pays one training."""
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    state: Mapped[FeeProofState] = state_column(FeeProofState)
    handed_in_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    handed_in_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
