"""Who trains, what they may teach, who works there, where they are paid."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import (
    Base,
    Id,
    Mapped,
    Sealed,
    mapped_column,
    state_column,
)
from marketplace.institutions.states import (
    AccreditationState,
    InstitutionState,
    MemberRole,
    PayoutAccountState,
)


class Institution(Base):
    """A training institution, identified by its USCC (GB 32100) or by its source's own id."""

    __tablename__ = "institution"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    uscc: Mapped[str | None] = mapped_column(unique=True)
    source: Mapped[str]
    """Where the record came from: `own`, `us-nj-providers`, `moe-hei`, `generic`."""
    source_key: Mapped[str]
    state: Mapped[InstitutionState] = state_column(InstitutionState)
    quarantine_reason: Mapped[str | None]
    """Not empty: not listed and not spendable until an administrator decides."""
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    kind: Mapped[str | None]
    address: Mapped[str | None]
    city: Mapped[str | None]
    county: Mapped[str | None]
    postal_code: Mapped[str | None]
    website: Mapped[str | None]
    features: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Services as the source states them: evening, wheelchair, childcare, languages."""
    content_sha256: Mapped[str | None]
    as_of: Mapped[date | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class InstitutionMember(Base):
    """A user who works for an institution."""

    __tablename__ = "institution_member"
    __table_args__ = (
        Index(
            "uq_institution_member_current",
            "institution_id",
            "user_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[MemberRole] = state_column(MemberRole, name="role")
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Accreditation(Base):
    """What an institution may teach, from a day to a day. Empty occupation or level: any."""

    __tablename__ = "accreditation"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    occupation_code: Mapped[str | None]
    level: Mapped[int | None]
    state: Mapped[AccreditationState] = state_column(AccreditationState)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    clause: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime]
    site_id: Mapped[int | None] = mapped_column(ForeignKey("training_site.id"), index=True)
    """Empty: wherever the institution teaches; else at this site only."""
    application_code: Mapped[str | None]
    """The dossier it was decided on; empty: granted without one, or by an imported list."""


class InstitutionStateFact(Base):
    """That an institution stands somewhere from a day on, by whose decision and clause.

    Never changed or deleted (the database refuses it): a decision that falls is followed by
    another. `Institution.state` is what the facts say about today.
    """

    __tablename__ = "institution_state_fact"
    __table_args__ = (
        Index("ix_institution_state_fact_day", "institution_id", "effective_on", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    previous_state: Mapped[InstitutionState] = state_column(InstitutionState, name="previous_state")
    state: Mapped[InstitutionState] = state_column(InstitutionState)
    effective_on: Mapped[date]
    clause: Mapped[str | None]
    reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the source of an imported list said so."""
    decided_at: Mapped[datetime]


class PayoutAccount(Base):
    """Where an institution is paid: proposed by one officer or member, verified by another."""

    __tablename__ = "payout_account"
    __table_args__ = (
        CheckConstraint("verified_by IS NULL OR verified_by <> proposed_by", name="two_people"),
        Index(
            "uq_payout_account_verified",
            "institution_id",
            unique=True,
            sqlite_where=text("state = 'verified'"),
            postgresql_where=text("state = 'verified'"),
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    holder_sealed: Mapped[str]
    holder = Sealed()
    number_sealed: Mapped[str]
    number = Sealed()
    number_index: Mapped[str] = mapped_column(index=True)
    number_masked: Mapped[str]
    """What pages show: the last four digits."""
    bank_name: Mapped[str]
    bank_code: Mapped[str]
    """CNAPS code (12 digits)."""
    connected_account: Mapped[str | None]
    """The institution's account at Stripe (`acct_…`), signed together with the bank account."""
    state: Mapped[PayoutAccountState] = state_column(PayoutAccountState)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    verified_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    verified_at: Mapped[datetime | None]
    payable_from: Mapped[date | None]
    """First day money may go there: a changed account is held."""
