"""What was found when a month was checked, and the pack it closed with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column


class PeriodCheck(Base):
    """One run of the whole checklist, the costly proofs included."""

    __tablename__ = "period_check"

    id: Mapped[Id]
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), index=True)
    items: Mapped[dict[str, Any]]
    """Code of the item -> number of reasons against it."""
    checked_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    checked_at: Mapped[datetime]


class PeriodPack(Base):
    """The manifest of a closed month: sums, hashes of its files, the head of the seals."""

    __tablename__ = "period_pack"

    id: Mapped[Id]
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), unique=True)
    manifest: Mapped[str] = mapped_column(Text)
    """JSON, exactly as it is downloaded; never changed (trigger)."""
    manifest_sha256: Mapped[str]
    made_at: Mapped[datetime]
