"""Logins, workers and the dated facts about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint

from marketplace.foundation.db import (
    Base,
    Id,
    Mapped,
    Sealed,
    mapped_column,
    state_column,
)
from marketplace.people.states import (
    CalendarFeedKind,
    CategoryFactState,
    CheckOutcome,
    DecisionReason,
    EvidenceKind,
    PersonStatus,
    Role,
    Sex,
    UserState,
    WorkerCategory,
)


class User(Base):
    """A login."""

    __tablename__ = "user"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    login: Mapped[str] = mapped_column(unique=True)
    """Chosen by the person, normal form; never an ID number or phone number."""
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    """The password was set by an administrator: it opens one door, to choosing an own one."""
    name_sealed: Mapped[str | None]
    name = Sealed()
    state: Mapped[UserState] = state_column(UserState, default=UserState.ACTIVE)
    locale: Mapped[str] = mapped_column(default="zh_Hans_CN")
    totp_secret_sealed: Mapped[str | None]
    totp_secret = Sealed()
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    """The last time step used, so that one code opens one door once."""
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    login_epoch: Mapped[int] = mapped_column(default=0)
    """Raised on password change and `sign out everywhere`; older cookies end."""
    created_at: Mapped[datetime]


class Passkey(Base):
    """A WebAuthn credential of a user."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int]
    label: Mapped[str]
    created_at: Mapped[datetime]


class RecoveryCode(Base):
    """One of ten codes that open a login once, for somebody without authenticator or passkey."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    code_hash: Mapped[str]
    """HMAC-SHA-256 with the deployment's index key: a stolen database opens nothing."""
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RoleGrant(Base):
    """A role held by a user in a jurisdiction and its subtree, from a day to a day."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("role = 'administrator' OR jurisdiction_id IS NOT NULL", name="place"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role] = state_column(Role, name="role")
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    """Empty: the whole deployment (administrators)."""
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Worker(Base):
    """A person of working age: one record per resident ID number (GB 11643)."""

    __tablename__ = "worker"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), unique=True)
    id_number_sealed: Mapped[str]
    id_number = Sealed()
    id_number_index: Mapped[str] = mapped_column(unique=True)
    name_sealed: Mapped[str]
    name = Sealed()
    phone_sealed: Mapped[str | None]
    phone = Sealed()
    phone_index: Mapped[str | None] = mapped_column(index=True)
    born_on: Mapped[date]
    sex: Mapped[Sex] = state_column(Sex, name="sex")
    residence_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    workplace_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    privacy_notice_version: Mapped[str | None]
    privacy_notice_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class IdentityCheck(Base):
    """Proof that a worker is who they say."""

    __tablename__ = "identity_check"

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    method: Mapped[str]
    """`format` (length, date, check digit), `document` (seen by an officer), `register`."""
    outcome: Mapped[CheckOutcome] = state_column(CheckOutcome, name="outcome")
    note: Mapped[str | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    checked_at: Mapped[datetime]


class Document(Base):
    """A file given as evidence, encrypted in the database so that one backup holds everything."""

    __tablename__ = "document"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"), index=True)
    media_type: Mapped[str]
    file_name_sealed: Mapped[str]
    file_name = Sealed()
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime]


class CategoryFact(Base):
    """That a worker belongs to a category, from a day to a day, with its evidence."""

    __tablename__ = "category_fact"
    __table_args__ = (
        Index("ix_category_fact_worker", "worker_id", "category", "valid_from"),
        Index("ix_category_fact_worklist", "state", "id"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    category: Mapped[WorkerCategory] = state_column(WorkerCategory, name="category")
    evidence_kind: Mapped[EvidenceKind] = state_column(EvidenceKind, name="evidence_kind")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    state: Mapped[CategoryFactState] = state_column(CategoryFactState)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    declared_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    reason_code: Mapped[DecisionReason | None] = state_column(
        DecisionReason, name="reason_code", nullable=True
    )
    reason: Mapped[str | None]


class StatusFact(Base):
    """That a worker is a civil servant, a full-time student or a pensioner, from a day to a day.

    Known from a register or from an officer; the person declares nothing here.
    """

    __tablename__ = "status_fact"
    __table_args__ = (
        UniqueConstraint("worker_id", "status", "valid_from"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates"),
    )

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    status: Mapped[PersonStatus] = state_column(PersonStatus, name="status")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day; empty: until further notice."""
    source: Mapped[str]
    """The register or paper it is known from."""
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class CalendarFeed(Base):
    """A private address a calendar program reads lessons from; only its hash is kept.

    What it shows follows the login: a membership that ends, or a login that is closed, ends it.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (Index("ix_calendar_feed_user", "user_id", "kind", "id"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[CalendarFeedKind] = state_column(CalendarFeedKind, name="kind")
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of 256 random bits."""
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiToken(Base):
    """A user's personal key to the REST interface; only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str]
    """What the user calls it, e.g. the program that holds it."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of 256 random bits: nothing to guess, so nothing to slow down."""
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
