"""Instructions to move settled money."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.payouts.states import (
    EventOutcome,
    MovementState,
    PayeeKind,
    PayoutBatchState,
    PayoutState,
    RailName,
)


class PayoutBatch(Base):
    """Payouts that leave together through one rail: made by one officer, approved by another."""

    __tablename__ = "payout_batch"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    rail: Mapped[RailName] = state_column(RailName, name="rail")
    payee: Mapped[PayeeKind] = state_column(
        PayeeKind, name="payee", default=PayeeKind.INSTITUTION, server_default="institution"
    )
    state: Mapped[PayoutBatchState] = state_column(PayoutBatchState)
    payout_count: Mapped[int]
    control_sum_fen: Mapped[int]
    currency: Mapped[str]
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    sent_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sent_at: Mapped[datetime | None]
    file_name: Mapped[str | None]
    file_sha256: Mapped[str | None]
    file_sealed: Mapped[str | None] = mapped_column(Text)
    """The file as sent, encrypted: the same bytes are given out again, never a new file."""


class Payout(Base):
    """One payment owed under one settlement of an institution, or as one benefit of a person.

    Its code is the reference the bank carries back.
    """

    __tablename__ = "payout"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("attempt >= 1", name="attempt"),
        CheckConstraint(
            "(benefit_id IS NULL) = (settlement_id IS NOT NULL)"
            " AND (settlement_id IS NULL) = (institution_id IS NULL)",
            name="payee",
        ),
        Index("uq_payout_benefit_id", "benefit_id", unique=True),
        Index("ix_payout_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"), unique=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    benefit_id: Mapped[int | None] = mapped_column(ForeignKey("benefit.id"))
    """Of a payout to a person, who then is the payee: no settlement, no institution."""
    amount_fen: Mapped[int]
    currency: Mapped[str]
    state: Mapped[PayoutState] = state_column(PayoutState)
    attempt: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PayoutAttempt(Base):
    """One try of a payout in one batch, to one account of its payee."""

    __tablename__ = "payout_attempt"
    __table_args__ = (
        UniqueConstraint("payout_id", "number"),
        CheckConstraint(
            "(worker_bank_account_id IS NULL) <> (payout_account_id IS NULL)", name="payee"
        ),
        CheckConstraint(
            "outcome IS NULL OR outcome <> 'confirmed' OR outcome_entry_id IS NOT NULL",
            name="confirmed",
        ),
    )

    id: Mapped[Id]
    payout_id: Mapped[int] = mapped_column(ForeignKey("payout.id"))
    number: Mapped[int]
    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batch.id"), index=True)
    payout_account_id: Mapped[int | None] = mapped_column(ForeignKey("payout_account.id"))
    worker_bank_account_id: Mapped[int | None] = mapped_column(
        ForeignKey("worker_bank_account.id"), index=True
    )
    end_to_end_id: Mapped[str] = mapped_column(unique=True)
    sent_entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    outcome_entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    outcome: Mapped[str | None]
    """`confirmed`, `returned` with the rail's reason code after a colon, or `rejected` when the
    batch was sent back before it left."""
    undone: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it counted as confirmed by a bank line that was not its own."""


class PayoutBankAnswer(Base):
    """What the bank said about one try before any money was seen to move (pain.002)."""

    __tablename__ = "payout_bank_answer"
    __table_args__ = (UniqueConstraint("payout_attempt_id", "file_sha256"),)

    id: Mapped[Id]
    payout_attempt_id: Mapped[int] = mapped_column(ForeignKey("payout_attempt.id"))
    status: Mapped[str]
    """ISO 20022 external code: `ACCP`, `ACSC`, `PDNG`, `RJCT`, …"""
    reason_code: Mapped[str | None]
    reason_text: Mapped[str | None]
    message_id: Mapped[str]
    file_sha256: Mapped[str]
    received_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    received_at: Mapped[datetime]


class StripeTransfer(Base):
    """Our side of one payout attempt at Stripe: at most one transfer, ever."""

    __tablename__ = "stripe_transfer"
    __table_args__ = (
        CheckConstraint("tries >= 0 AND key_number >= 1", name="counted"),
        CheckConstraint("transfer_id IS NULL OR answered_at IS NOT NULL", name="answered"),
    )

    id: Mapped[Id]
    payout_attempt_id: Mapped[int] = mapped_column(ForeignKey("payout_attempt.id"), unique=True)
    connected_account: Mapped[str]
    """Where it goes, as it was signed."""
    transfer_id: Mapped[str | None] = mapped_column(unique=True)
    """Stripe's own number; once known it never changes."""
    key_number: Mapped[int] = mapped_column(default=1)
    """Counts the idempotency keys: a new one only after the answer under the old one was final."""
    tries: Mapped[int] = mapped_column(default=0)
    busy_until: Mapped[datetime | None]
    """While a runner is talking to Stripe about it, no other one does."""
    tried_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    """Codes, comma separated: why it is neither confirmed nor returned yet, or what differs."""


class StripeEvent(Base):
    """One message of Stripe's that was taken in, and what it did. Never changed, never twice."""

    __tablename__ = "stripe_event"

    id: Mapped[Id]
    event_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    object_id: Mapped[str | None]
    payload_sha256: Mapped[str]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]
    outcome: Mapped[EventOutcome] = state_column(EventOutcome, name="outcome")
    reason: Mapped[str | None]
    """Codes, comma separated: why it was refused or ignored."""
    payout_attempt_id: Mapped[int | None] = mapped_column(
        ForeignKey("payout_attempt.id"), index=True
    )


class StripeMovement(Base):
    """A balance transaction of Stripe's: one line of the agency's balance there, and what it is
    in our books. What Stripe said never changes; an explanation has two signatures."""

    __tablename__ = "stripe_movement"
    __table_args__ = (
        CheckConstraint("net_fen = amount_fen - fee_fen", name="net"),
        CheckConstraint("signed_by IS NULL OR signed_by <> explained_by", name="two_people"),
        CheckConstraint(
            "state NOT IN ('proposed', 'explained')"
            " OR (explained_by IS NOT NULL AND explanation IS NOT NULL)",
            name="explained",
        ),
        CheckConstraint("(state = 'explained') = (signed_by IS NOT NULL)", name="signed"),
        CheckConstraint("state NOT IN ('break', 'proposed') OR cause IS NOT NULL", name="cause"),
        Index("ix_stripe_movement_state", "state", "id"),
        Index("ix_stripe_movement_subject", "subject", "kind"),
    )

    id: Mapped[Id]
    movement_id: Mapped[str] = mapped_column(unique=True)
    """Stripe's own number, `txn_…`."""
    kind: Mapped[str]
    """Stripe's type: `charge`, `payment_refund`, `transfer`, `payout`, `stripe_fee`, …"""
    source_id: Mapped[str | None]
    amount_fen: Mapped[int]
    """Negative: money left the balance."""
    fee_fen: Mapped[int]
    net_fen: Mapped[int]
    currency: Mapped[str]
    created_at: Mapped[datetime]
    bank_trace: Mapped[str | None]
    """Of money to the bank: the trace number the banks give it, where Stripe knew it."""
    bank_words: Mapped[str | None]
    """Of money between Stripe and the bank: the descriptor for the bank's statement."""
    state: Mapped[MovementState] = state_column(MovementState)
    cause: Mapped[str | None]
    """Why it is, or was, a difference."""
    subject: Mapped[str | None]
    """Our payment, refund or payout attempt it belongs to."""
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    """The entry of its fee, or of itself when it is not one of our payments."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    read_at: Mapped[datetime]
    explanation: Mapped[str | None]
    explained_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    explained_at: Mapped[datetime | None]
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signed_at: Mapped[datetime | None]


class StripeBalanceCheck(Base):
    """What Stripe says the balance is, beside the sum of all lines read. Never changed."""

    __tablename__ = "stripe_balance_check"
    __table_args__ = (Index("ix_stripe_balance_check_currency", "currency", "id"),)

    id: Mapped[Id]
    read_at: Mapped[datetime]
    currency: Mapped[str]
    available_fen: Mapped[int]
    pending_fen: Mapped[int]
    lines_fen: Mapped[int]
    line_count: Mapped[int]

    @property
    def difference_fen(self) -> int:
        """What the balance holds beside the lines; 0 when they prove it."""
        return self.available_fen + self.pending_fen - self.lines_fen
