"""Who pays for a scheme besides its own fund, and who paid what of each commitment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.funding.states import SourceState

_IN_FORCE = text("state = 'in_force'")


class FundingSource(Base):
    """A fund that pays for a scheme within a scope (专款专用), in its turn.

    Proposed by one officer, put in force by another; what they signed never changes.
    """

    __tablename__ = "funding_source"
    __table_args__ = (
        CheckConstraint("priority BETWEEN 1 AND 99 AND priority <> 50", name="priority"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint("state = 'proposed' OR decided_by IS NOT NULL", name="signed"),
        *(
            Index(
                f"uq_funding_source_{noun}",
                "scheme_id",
                noun,
                unique=True,
                sqlite_where=_IN_FORCE,
                postgresql_where=_IN_FORCE,
            )
            for noun in ("priority", "fund_id")
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"))
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    priority: Mapped[int]
    """1 pays first. The scheme's own fund is number 50: sources before it relieve it, those after
    it help out when it is empty."""
    scope: Mapped[dict[str, Any]]
    """What the money may be used for; see `rules.scope_from_json`."""
    basis: Mapped[str]
    """The document that earmarks the money."""
    state: Mapped[SourceState] = state_column(SourceState)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    ended_at: Mapped[datetime | None]


class FundingShare(Base):
    """What one allotment promised of the money of a pooled voucher. Only ever added.

    Releases, redemptions, reversals and clawbacks go by these shares.
    """

    __tablename__ = "funding_share"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        UniqueConstraint("voucher_id", "entry_id", "allotment_id"),
        Index("ix_funding_share_entry", "entry_id", "allotment_id"),
    )

    id: Mapped[Id]
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"))
    """The commitment: `voucher.issued` of a face value, `voucher.reserved` of an entitlement."""
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"))
    source_id: Mapped[int | None] = mapped_column(ForeignKey("funding_source.id"), index=True)
    """Empty: the scheme's own fund."""
    amount_fen: Mapped[int]
    facts: Mapped[dict[str, Any]]
    """What was known of person, course and place when the money was divided."""
