"""Campaigns, their people, the messages, and when a voucher was first looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint

from marketplace.campaigns.states import (
    Arm,
    CampaignChannel,
    CampaignState,
    MemberOutcome,
    MessageKind,
    MessageState,
    StuckStep,
)
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column


class Campaign(Base):
    """Targeted vouchers for a population of one place, launched by two officers."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(
            "launched_by IS NULL OR (proposed_by IS NOT NULL AND launched_by <> proposed_by)",
            name="two_people",
        ),
        CheckConstraint(
            "state IN ('draft', 'proposed', 'discarded') OR launched_by IS NOT NULL",
            name="launched",
        ),
        CheckConstraint("holdout_percent BETWEEN 0 AND 50", name="holdout"),
        Index("ix_campaign_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"), index=True)
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    """Whose people are meant, and whose officers see it."""
    population: Mapped[dict[str, Any]]
    """`PopulationRule.stored`."""
    holdout_percent: Mapped[int]
    channel: Mapped[CampaignChannel] = state_column(CampaignChannel, name="channel")
    state: Mapped[CampaignState] = state_column(CampaignState)
    people_expected: Mapped[int | None]
    """How many were meant when it was proposed: what both officers signed."""
    drawn_through: Mapped[int] = mapped_column(default=0)
    """The draw goes through the records in order; an interrupted one goes on from here."""
    invites: Mapped[bool] = mapped_column(default=True)
    """Invitations, reminders and a comparison; else only a batch of vouchers (批量发券)."""
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("issue_batch.id"))
    """The batch that issues to its people, once they are drawn."""
    return_reason: Mapped[str | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime | None]
    launched_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    launched_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class CampaignMember(Base):
    """A person drawn into a campaign: the group, and what became of it."""

    __tablename__ = "campaign_member"
    __table_args__ = (
        UniqueConstraint("campaign_id", "worker_id"),
        CheckConstraint("arm <> 'held_out' OR outcome = 'held_out'", name="held_out"),
        CheckConstraint("(outcome = 'issued') = (voucher_id IS NOT NULL)", name="issued"),
        Index("ix_campaign_member_outcome", "campaign_id", "outcome", "id"),
        Index("ix_campaign_member_worker", "worker_id"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    arm: Mapped[Arm] = state_column(Arm, name="arm")
    outcome: Mapped[MemberOutcome] = state_column(MemberOutcome, name="outcome")
    refusal_code: Mapped[str | None]
    """The first reason of the scheme's rules."""
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"), unique=True)
    drawn_at: Mapped[datetime]


class OutreachMessage(Base):
    """One message to one person about one voucher; what the frequency cap counts."""

    __tablename__ = "outreach_message"
    __table_args__ = (
        UniqueConstraint("batch", "voucher_id"),
        Index("ix_outreach_message_worker", "worker_id", "created_at"),
        Index("ix_outreach_message_state", "state", "batch", "id"),
    )

    id: Mapped[Id]
    batch: Mapped[str]
    """The piece of work that wrote it: done again, it writes nothing twice."""
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    kind: Mapped[MessageKind] = state_column(MessageKind, name="kind")
    step: Mapped[StuckStep | None] = state_column(StuckStep, name="step", nullable=True)
    channel: Mapped[CampaignChannel] = state_column(CampaignChannel, name="channel")
    state: Mapped[MessageState] = state_column(MessageState)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class VoucherSighting(Base):
    """That the holder opened the page of a voucher, the first time."""

    __tablename__ = "voucher_sighting"

    id: Mapped[Id]
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), unique=True)
    seen_at: Mapped[datetime]
