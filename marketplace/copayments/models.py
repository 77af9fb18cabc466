"""Co-payments, what was paid of them, and what was given back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.copayments.states import (
    HandoverState,
    Party,
    PaymentChannel,
    PaymentState,
)
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_PENDING_ONLINE = text("state = 'pending' AND channel = 'online'")
_COUNTER = text("channel = 'counter'")


class Copayment(Base):
    """What a voucher leaves over for one enrollment. Fund, employer and worker make the fee."""

    __tablename__ = "copayment"
    __table_args__ = (
        CheckConstraint(
            "fund_fen >= 0 AND employer_fen >= 0 AND worker_fen >= 0"
            " AND fund_fen + employer_fen + worker_fen = fee_fen",
            name="parts",
        ),
        CheckConstraint("employer_fen = 0 OR agreement_id IS NOT NULL", name="agreed"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended"),
        Index("ix_copayment_institution", "institution_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("employer_agreement.id"))
    fee_fen: Mapped[int]
    fund_fen: Mapped[int]
    """What the voucher pays."""
    employer_fen: Mapped[int]
    worker_fen: Mapped[int]
    currency: Mapped[str]
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """The learner left before the end."""
    end_reason: Mapped[str | None]
    kept_fen: Mapped[int | None]
    """What the institution keeps after that, of both shares."""

    def share_fen(self, party: Party) -> int:
        """What a party was to pay."""
        return self.employer_fen if party is Party.EMPLOYER else self.worker_fen


class CopaymentPayment(Base):
    """One payment: taken at the counter with a receipt, or made over the internet."""

    __tablename__ = "copayment_payment"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "channel = 'online' OR (receipt_number IS NOT NULL AND state = 'succeeded')",
            name="receipt",
        ),
        Index("ix_copayment_payment_copayment", "copayment_id", "id"),
        Index(
            "uq_copayment_payment_pending",
            "copayment_id",
            "party",
            unique=True,
            sqlite_where=_PENDING_ONLINE,
            postgresql_where=_PENDING_ONLINE,
        ),
        Index(
            "uq_copayment_payment_receipt",
            "institution_id",
            "receipt_number",
            unique=True,
            sqlite_where=_COUNTER,
            postgresql_where=_COUNTER,
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    """Our reference: at Stripe the idempotency key and the metadata of the PaymentIntent."""
    copayment_id: Mapped[int] = mapped_column(ForeignKey("copayment.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    party: Mapped[Party] = state_column(Party, name="party")
    channel: Mapped[PaymentChannel] = state_column(PaymentChannel, name="channel")
    amount_fen: Mapped[int]
    state: Mapped[PaymentState] = state_column(PaymentState)
    receipt_number: Mapped[str | None]
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    """Stripe's own number; once known it never changes."""
    pay_url: Mapped[str | None]
    """Where the payer confirms it."""
    problem: Mapped[str | None]
    passed_on_reference: Mapped[str | None]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class CopaymentRefund(Base):
    """What goes back of a payment; at most once for each."""

    __tablename__ = "copayment_refund"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("copayment_payment.id"), unique=True)
    amount_fen: Mapped[int]
    state: Mapped[PaymentState] = state_column(PaymentState)
    receipt_number: Mapped[str | None]
    refund_id: Mapped[str | None] = mapped_column(unique=True)
    problem: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


_LIVE = text("released_at IS NULL")


class CopaymentHandover(Base):
    """What an institution earned of payments over the internet, paid to it in one transfer."""

    __tablename__ = "copayment_handover"
    __table_args__ = (
        CheckConstraint("amount_fen > 0 AND payment_count > 0", name="amount"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        CheckConstraint("(state = 'paid') = (reference IS NOT NULL)", name="paid"),
        CheckConstraint("state <> 'rejected' OR decision_reason IS NOT NULL", name="reason"),
        Index("ix_copayment_handover_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    payout_account_id: Mapped[int] = mapped_column(ForeignKey("payout_account.id"))
    """Where it goes, as it was prepared and signed."""
    amount_fen: Mapped[int]
    payment_count: Mapped[int]
    currency: Mapped[str]
    state: Mapped[HandoverState] = state_column(HandoverState)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    paid_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    paid_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(unique=True)
    """The bank's, of the transfer that carried it."""


class CopaymentHandoverItem(Base):
    """One payment in a handover; in at most one that was not sent back."""

    __tablename__ = "copayment_handover_item"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_copayment_handover_item_handover", "handover_id", "id"),
        Index(
            "uq_copayment_handover_item_payment",
            "payment_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[Id]
    handover_id: Mapped[int] = mapped_column(ForeignKey("copayment_handover.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("copayment_payment.id"))
    amount_fen: Mapped[int]
    """What was in keeping of it and not owed back."""
    released_at: Mapped[datetime | None]
