"""Claims, their lines, objections to them, and the settings they are decided by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.claims.states import (
    ClaimLineState,
    ClaimState,
    ObjectionGrounds,
    ObjectionState,
    RiskTier,
)
from marketplace.foundation.db import Base, Id, Mapped, Sealed, mapped_column, state_column

_LIVE = text("released_at IS NULL")
_DRAFT = text("state = 'draft'")


class Claim(Base):
    """The redemptions of one course run, asked to be paid (拨付申请).

    A run has more than one when vouchers are redeemed later or lines were returned.
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("checked_by <> approved_by", name="two_people"),
        CheckConstraint(
            "submitted_by <> checked_by AND submitted_by <> approved_by", name="others_decide"
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'settled') OR approved_by IS NOT NULL"
            " OR approved_by_silence",
            name="signed",
        ),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'rejected') OR checked_by IS NOT NULL"
            " OR checked_by_silence",
            name="checked",
        ),
        CheckConstraint(
            "tier = 'low' OR NOT (checked_by_silence OR approved_by_silence)", name="silence"
        ),
        CheckConstraint("state <> 'settled' OR settled_at IS NOT NULL", name="settled"),
        UniqueConstraint("course_run_id", "number"),
        Index(
            "uq_claim_draft",
            "course_run_id",
            unique=True,
            sqlite_where=_DRAFT,
            postgresql_where=_DRAFT,
        ),
        Index("ix_claim_institution", "institution_id", "id"),
        Index("ix_claim_state", "state", "due_on", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    number: Mapped[int]
    """1 for the first claim of a run."""
    state: Mapped[ClaimState] = state_column(ClaimState)
    amount_fen: Mapped[int]
    """The sum of the standing lines."""
    currency: Mapped[str]
    assembled_at: Mapped[datetime]
    tier: Mapped[RiskTier | None] = state_column(RiskTier, name="tier", nullable=True)
    sample_size: Mapped[int] = mapped_column(default=0)
    sample_percent: Mapped[int] = mapped_column(default=0)
    hold_days: Mapped[int] = mapped_column(default=0)
    """Set by the grade at submission: days between approval and settlement."""
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checked_by_silence: Mapped[bool] = mapped_column(default=False)
    checked_at: Mapped[datetime | None]
    notice_from: Mapped[date | None]
    notice_until: Mapped[date | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_by_silence: Mapped[bool] = mapped_column(default=False)
    approved_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    """The last day for the next step; after it a claim of low risk moves on by itself."""
    settle_from: Mapped[date | None]
    """The first day on which a settlement may take it."""
    expected_on: Mapped[date | None]
    """When the institution can expect the money."""
    settled_at: Mapped[datetime | None]


class ClaimLine(Base):
    """One redemption in a claim; in at most one that still stands."""

    __tablename__ = "claim_line"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("(state = 'standing') = (released_at IS NULL)", name="released"),
        CheckConstraint("state = 'standing' OR reason IS NOT NULL", name="reason"),
        Index(
            "uq_claim_line_redemption",
            "redemption_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[Id]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"))
    amount_fen: Mapped[int]
    state: Mapped[ClaimLineState] = state_column(ClaimLineState)
    is_sampled: Mapped[bool] = mapped_column(default=False)
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who looked at its evidence and found it in order."""
    reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    released_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class ClaimObjection(Base):
    """What somebody said against a publicised claim, and what was found."""

    __tablename__ = "claim_objection"
    __table_args__ = (
        CheckConstraint("resolved_by IS NULL OR finding IS NOT NULL", name="answered"),
    )

    id: Mapped[Id]
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    objection: Mapped[str]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]
    finding: Mapped[str | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    resolved_at: Mapped[datetime | None]


class PublicObjection(Base):
    """What somebody from the public said against a publicised claim, without a login.

    It holds the claim until the fund office has decided with reasons. Who said it may stay
    unknown; what they wrote of themselves, and what they wrote, is encrypted.
    """

    __tablename__ = "public_objection"
    __table_args__ = (
        CheckConstraint(
            "state = 'open' OR (decided_by IS NOT NULL AND answer IS NOT NULL)", name="answered"
        ),
        CheckConstraint("state <> 'dismissed' OR clause IS NOT NULL", name="clause"),
        UniqueConstraint("claim_id", "statement_index"),
        Index("ix_public_objection_state", "state", "due_on", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    receipt_index: Mapped[str] = mapped_column(unique=True)
    """Fingerprint of the receipt, with which the answer is looked up; nobody here knows it."""
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    grounds: Mapped[ObjectionGrounds] = state_column(ObjectionGrounds, name="grounds")
    statement_sealed: Mapped[str]
    statement = Sealed()
    statement_index: Mapped[str]
    """Fingerprint of the words: the same said twice of one claim is one objection."""
    name_sealed: Mapped[str | None]
    name = Sealed()
    contact_sealed: Mapped[str | None]
    contact = Sealed()
    state: Mapped[ObjectionState] = state_column(ObjectionState)
    filed_at: Mapped[datetime]
    due_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str | None]
    clause: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class ClaimPolicyRow(Base):
    """The settings of claims and advances from a day on; the newest begun counts."""

    __tablename__ = "claim_policy"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    settings: Mapped[dict[str, Any]]
    clause: Mapped[str]
    valid_from: Mapped[date]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime]
