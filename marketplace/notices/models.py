"""Messages in the product itself; mail and SMS are channels of later rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index

from marketplace.foundation.db import Base, Id, Mapped, mapped_column


class Notice(Base):
    """One message to one user; its sentence is found by kind and translated when shown."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_user", "user_id", "id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    link: Mapped[str | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
