"""Places that govern training money."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index

from marketplace.foundation.db import Base, Id, Mapped, mapped_column


class Jurisdiction(Base):
    """One unit of GB/T 2260 (tiers 1-3, six digits) or GB/T 10114 (townships, nine digits)."""

    __tablename__ = "jurisdiction"
    __table_args__ = (
        CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
        Index("ix_jurisdiction_parent_id", "parent_id", "code"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    tier: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    path: Mapped[str] = mapped_column(index=True)
    """`/220000/220800/220802/`: a subtree is everything whose path starts with its own."""
    retired_on: Mapped[date | None]
    """Since when the code is no longer in the published list; the row stays."""
