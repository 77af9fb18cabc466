"""Drafts of scheme versions, and replays of the past under them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.drafting.states import DraftState, Outcome
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_OPEN = text("state IN ('draft', 'submitted', 'returned')")


class SchemeDraft(Base):
    """The next version of a scheme while it is written, checked and signed by two officers."""

    __tablename__ = "scheme_draft"
    __table_args__ = (
        CheckConstraint(
            "decided_by IS NULL OR (submitted_by IS NOT NULL AND decided_by <> submitted_by"
            " AND decided_by <> written_by)",
            name="two_people",
        ),
        CheckConstraint("(state = 'published') = (version_id IS NOT NULL)", name="published"),
        CheckConstraint("(submitted_by IS NULL) = (submitted_at IS NULL)", name="submitted"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "state NOT IN ('published', 'returned') OR decided_by IS NOT NULL", name="signed"
        ),
        CheckConstraint("state <> 'submitted' OR submitted_by IS NOT NULL", name="waiting"),
        CheckConstraint("state <> 'returned' OR reason IS NOT NULL", name="reason"),
        Index(
            "uq_scheme_draft_open",
            "scheme_code",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_scheme_draft_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    scheme_code: Mapped[str]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    """Where the scheme holds, and whose officers see the draft."""
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("scheme_version.id"))
    """The version it follows; empty: a new scheme."""
    title: Mapped[dict[str, Any]]
    pack_text: Mapped[str]
    """The policy pack as it was typed, or as the form wrote it."""
    pack: Mapped[dict[str, Any]]
    """The same in normal form."""
    content_sha256: Mapped[str]
    state: Mapped[DraftState] = state_column(DraftState)
    written_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    """Who changed it last."""
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    """Why it was returned last; kept until it is decided again."""
    version_id: Mapped[int | None] = mapped_column(ForeignKey("scheme_version.id"), unique=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PolicyReplay(Base):
    """A past period decided again under the content of one pack; its figures never change."""

    __tablename__ = "policy_replay"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="dates"),
        CheckConstraint("done >= 0 AND total >= 0", name="progress"),
        Index("ix_policy_replay_content", "content_sha256", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("scheme_draft.id"), index=True)
    scheme_code: Mapped[str]
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("scheme_version.id"))
    """The version whose past is decided again; empty: a new scheme, which has none."""
    pack: Mapped[dict[str, Any]]
    content_sha256: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    last_worker_id: Mapped[int]
    """Everybody up to this one is decided; a replay that stops goes on from here."""
    last_voucher_id: Mapped[int]
    done: Mapped[int]
    total: Mapped[int]
    """People and vouchers, decided and in all."""
    figures: Mapped[dict[str, Any]]
    """`rules.totals`: what it comes to so far."""
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ReplayLine(Base):
    """One past voucher that fares differently: what it paid, what it would pay, and why."""

    __tablename__ = "replay_line"
    __table_args__ = (
        CheckConstraint("old_fen >= 0 AND new_fen >= 0", name="amounts"),
        Index("ix_replay_line_replay", "replay_id", "outcome", "id"),
    )

    id: Mapped[Id]
    replay_id: Mapped[int] = mapped_column(ForeignKey("policy_replay.id"))
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    """The place whose allotment paid."""
    decided_on: Mapped[date]
    """When the class was chosen; the day of issue for a voucher without one."""
    outcome: Mapped[Outcome] = state_column(Outcome, name="outcome")
    old_fen: Mapped[int]
    new_fen: Mapped[int]
    reasons: Mapped[list[Any]]
    """`[{"code", "rule", "old_fen"?, "new_fen"?}]`, in the order of the rules."""
