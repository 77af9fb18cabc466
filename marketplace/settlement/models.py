"""An institution's month, line by line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.settlement.states import (
    DisputeGrounds,
    DisputeState,
    FollowUp,
    ProposalState,
    RoundAct,
    RoundOutcome,
    SettlementState,
)


class Settlement(Base):
    """The net owed to one institution for one period: made by one officer, approved by another."""

    __tablename__ = "settlement"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        Index("ix_settlement_institution", "institution_id", "period_code"),
        Index("ix_settlement_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    period_code: Mapped[str]
    """The month whose redemptions it gathers, `2026-11`."""
    state: Mapped[SettlementState] = state_column(SettlementState)
    amount_fen: Mapped[int]
    """The sum of its lines and of the withheld shares it pays; of an advance, what is paid in
    advance."""
    netted_fen: Mapped[int] = mapped_column(default=0)
    """Kept back for advances and clawbacks, and withheld until milestones; the rest is paid."""
    currency: Mapped[str]
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]


class SettlementLine(Base):
    """One redemption in a settlement; in at most one that was not rejected."""

    __tablename__ = "settlement_line"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(
            "uq_settlement_line_redemption",
            "redemption_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"))
    amount_fen: Mapped[int]
    released_at: Mapped[datetime | None]


class Advance(Base):
    """Money paid for a course run before its outcome (预拨), recovered by netting.

    Its settlement carries the two signatures; `released_at` is set when that was sent back.
    """

    __tablename__ = "advance"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("percent BETWEEN 1 AND 50", name="percent"),
        CheckConstraint("amount_fen * 100 <= expected_fen * percent", name="share"),
        Index(
            "uq_advance_course_run",
            "course_run_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
        Index("ix_advance_institution", "institution_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), unique=True)
    amount_fen: Mapped[int]
    expected_fen: Mapped[int]
    """What the class was expected to earn on that day: its vouchers held and redeemed."""
    percent: Mapped[int]
    """The largest share that policy and grade allowed on that day."""
    rule: Mapped[str]
    clear_by: Mapped[date]
    """When it should be recovered; later it is overdue."""
    paid_at: Mapped[datetime | None]
    """Empty until the payout leaves, and again when it comes back."""
    released_at: Mapped[datetime | None]


class Clawback(Base):
    """Money taken back (追回): owed by the institution, netted in instalments from what it earns.

    Made by one officer, approved by another; given back pro rata to the allotments that paid.
    """

    __tablename__ = "clawback"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("instalments BETWEEN 1 AND 36", name="instalments"),
        CheckConstraint("retained_fen BETWEEN 0 AND amount_fen", name="retained"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("state = 'prepared' OR decided_by IS NOT NULL", name="signed"),
        Index("ix_clawback_institution", "institution_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    """What was paid wrongly."""
    redemption_id: Mapped[int | None] = mapped_column(ForeignKey("redemption.id"), index=True)
    """The one redemption it is about, if it names one: what is withheld of it is taken first."""
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    amount_fen: Mapped[int]
    retained_fen: Mapped[int] = mapped_column(default=0)
    """Of the amount, what was taken from withheld shares; the institution owes the rest."""
    currency: Mapped[str]
    instalments: Mapped[int]
    reason: Mapped[str]
    state: Mapped[SettlementState] = state_column(SettlementState)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    prepared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)


class Netting(Base):
    """What a settlement keeps back for one advance or one clawback; booked at its approval."""

    __tablename__ = "netting"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(advance_id IS NULL) <> (clawback_id IS NULL)", name="one_cause"),
    )

    id: Mapped[Id]
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"), index=True)
    advance_id: Mapped[int | None] = mapped_column(ForeignKey("advance.id"), index=True)
    clawback_id: Mapped[int | None] = mapped_column(ForeignKey("clawback.id"), index=True)
    amount_fen: Mapped[int]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    released_at: Mapped[datetime | None]


class ClawbackProposal(Base):
    """A withheld share was released for a certificate that was voided since: the system proposes to
    take it back. One for a share, ever; two officers take it, or two dismiss it.
    """

    __tablename__ = "clawback_proposal"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(state = 'taken') = (clawback_id IS NOT NULL)", name="taken"),
        CheckConstraint(
            "state NOT IN ('to_dismiss', 'dismissed')"
            " OR (dismissal_reason IS NOT NULL AND prepared_by IS NOT NULL)",
            name="dismissed",
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
        CheckConstraint("(state = 'dismissed') = (decided_by IS NOT NULL)", name="signed"),
        Index("uq_clawback_proposal_retention_id", "retention_id", unique=True),
        Index("ix_clawback_proposal_institution", "institution_id", "id"),
        Index("ix_clawback_proposal_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    retention_id: Mapped[int] = mapped_column(ForeignKey("retention.id"))
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id"))
    """Which the redemption stands in."""
    amount_fen: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    """As the decision on the certificate says it."""
    certificate: Mapped[str]
    state: Mapped[ProposalState] = state_column(ProposalState)
    proposed_at: Mapped[datetime]
    clawback_id: Mapped[int | None] = mapped_column(ForeignKey("clawback.id"))
    dismissal_reason: Mapped[str | None]
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who wants to dismiss it."""
    prepared_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


_OPEN = text("state = 'open'")


class StatementDispute(Base):
    """A line of the statement of account, or of a claim, that the institution disputes.

    The fund office answers by `due_on` with reasons: accepted with what follows, or rejected with
    the clause. What was said is in its messages.
    """

    __tablename__ = "statement_dispute"
    __table_args__ = (
        CheckConstraint("(entry_id IS NULL) <> (claim_line_id IS NULL)", name="one_line"),
        CheckConstraint(
            "state NOT IN ('accepted', 'rejected')"
            " OR (decided_by IS NOT NULL AND answer IS NOT NULL)",
            name="answered",
        ),
        CheckConstraint("state <> 'rejected' OR clause IS NOT NULL", name="clause"),
        CheckConstraint("state <> 'accepted' OR follow_up IS NOT NULL", name="follow_up_named"),
        CheckConstraint(
            "follow_up <> 'corrected' OR correction_entry_id IS NOT NULL", name="corrected"
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> filed_by", name="two_people"),
        Index(
            "uq_statement_dispute_entry",
            "institution_id",
            "entry_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "uq_statement_dispute_claim_line",
            "claim_line_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_statement_dispute_state", "state", "due_on", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    claim_line_id: Mapped[int | None] = mapped_column(ForeignKey("claim_line.id"))
    grounds: Mapped[DisputeGrounds] = state_column(DisputeGrounds, name="grounds")
    state: Mapped[DisputeState] = state_column(DisputeState)
    filed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    filed_at: Mapped[datetime]
    due_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The officer who looks into it."""
    follow_up: Mapped[FollowUp | None] = state_column(FollowUp, name="follow_up", nullable=True)
    correction_entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    answer: Mapped[str | None]
    clause: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class StatementDisputeMessage(Base):
    """One message of a dispute, read by both sides; never changed."""

    __tablename__ = "statement_dispute_message"

    id: Mapped[Id]
    dispute_id: Mapped[int] = mapped_column(ForeignKey("statement_dispute.id"), index=True)
    is_from_office: Mapped[bool]
    body: Mapped[str]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    written_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    written_at: Mapped[datetime]


class SettlementRound(Base):
    """An officer's one act on many settlements (批量结算); never changed but for its end."""

    __tablename__ = "settlement_round"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    act: Mapped[RoundAct] = state_column(RoundAct, name="act")
    period_code: Mapped[str]
    requested_by: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class SettlementRoundItem(Base):
    """One institution to prepare or settlement to sign, as the officer saw it; decided once."""

    __tablename__ = "settlement_round_item"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("outcome <> 'refused' OR CAST(refusals AS TEXT) <> '[]'", name="reasons"),
        CheckConstraint("outcome <> 'done' OR settlement_id IS NOT NULL", name="settlement"),
        CheckConstraint("(outcome = 'waiting') = (decided_at IS NULL)", name="decided"),
        UniqueConstraint("round_id", "settlement_id"),
        Index("ix_settlement_round_item_round", "round_id", "outcome", "id"),
    )

    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("settlement_round.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"))
    """Of a preparation: what came of it."""
    amount_fen: Mapped[int]
    """What the officer was shown."""
    currency: Mapped[str]
    outcome: Mapped[RoundOutcome] = state_column(RoundOutcome, name="outcome")
    refusals: Mapped[list[Any]]
    """Every reason, as `foundation.stored_refusals` keeps it."""
    decided_at: Mapped[datetime | None]
