"""Policy as dated data, and the entitlements it gives."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.states import (
    DeclarationState,
    QuotaState,
    SchemeVersionState,
    VoucherKind,
    VoucherOrigin,
    VoucherState,
)

_LIVE = text("state IN ('offered', 'active', 'reserved')")
_OF_A_QUOTA = text("quota_id IS NOT NULL")


class Scheme(Base):
    """One kind of voucher (券种); its rules are its versions."""

    __tablename__ = "scheme"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    created_at: Mapped[datetime]


class SchemeVersion(Base):
    """The rules of a scheme from a day on: versioned data, loaded from a YAML policy pack."""

    __tablename__ = "scheme_version"
    __table_args__ = (UniqueConstraint("scheme_id", "number"),)

    id: Mapped[Id]
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"))
    number: Mapped[int]
    state: Mapped[SchemeVersionState] = state_column(SchemeVersionState)
    title: Mapped[dict[str, Any]]
    """`{"zh": ..., "en": ...}`."""
    policy: Mapped[dict[str, Any]]
    """The whole pack as loaded, normal form."""
    content_sha256: Mapped[str]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    loaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    loaded_at: Mapped[datetime]


class SubsidyRate(Base):
    """What a scheme version pays per level (or per occupation and level), in fen."""

    __tablename__ = "subsidy_rate"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="amount"),)

    id: Mapped[Id]
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"), index=True)
    occupation_code: Mapped[str | None]
    level: Mapped[int | None]
    amount_fen: Mapped[int]
    """The most it pays: the amount of the level, or the ceiling of a rate per hour or day."""
    hours_min: Mapped[int | None]
    clause: Mapped[str]


class Voucher(Base):
    """One worker's entitlement under one scheme version. Never transferable."""

    __tablename__ = "voucher"
    __table_args__ = (
        CheckConstraint("expires_on >= valid_from", name="dates"),
        CheckConstraint(
            "(value_fen IS NULL OR value_fen >= 0) AND (kind <> 'sign_in'"
            " OR (value_fen IS NOT NULL AND value_fen = 0 AND NOT is_pooled))",
            name="value",
        ),
        Index(
            "uq_voucher_live",
            "worker_id",
            "scheme_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_voucher_state_expires_on", "state", "expires_on"),
        Index("ix_voucher_batch", "batch_id", "allotment_id"),
        CheckConstraint(
            "category IS NULL OR category IN ('{}')".format("', '".join(WorkerCategory)),
            name="category",
        ),
        CheckConstraint("consumed_on IS NULL OR state = 'expired'", name="consumed"),
        Index(
            "ix_voucher_quota",
            "quota_id",
            "id",
            sqlite_where=_OF_A_QUOTA,
            postgresql_where=_OF_A_QUOTA,
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"))
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"), index=True)
    kind: Mapped[VoucherKind] = state_column(VoucherKind, name="kind")
    origin: Mapped[VoucherOrigin] = state_column(VoucherOrigin, name="origin")
    state: Mapped[VoucherState] = state_column(VoucherState)
    value_fen: Mapped[int | None]
    """Face value, committed at issue; empty for an entitlement until it is reserved; 0 for sign-in
    only."""
    issued_on: Mapped[date]
    valid_from: Mapped[date]
    expires_on: Mapped[date]
    """The last day on which it can be reserved."""
    category: Mapped[str | None]
    """For which category it was given, where the scheme asks for one; caps count it."""
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("issue_batch.id"))
    """The batch that issued it; its money was committed with the batch's entries."""
    is_pooled: Mapped[bool] = mapped_column(default=False)
    """Several funds paid for the scheme on the day of issue: who promised what of it stands in
    its shares (room `funding`). Else the allotment promises all of it."""
    consumed_on: Mapped[date | None]
    """Used up by leaving a class at the person's own cost; it counts towards the limits."""
    quota_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise_quota.id"))
    """The quota of the employer who named the person; it uses one of its places while it is live
    or used."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class EnterpriseQuota(Base):
    """Places for vouchers that an office gives an employer out of one allotment (企业额度).

    The employer names people for them. The face value of unused places is set aside in the books
    (`allotment:set_aside`) from the second signature on.
    """

    __tablename__ = "enterprise_quota"
    __table_args__ = (
        CheckConstraint("used BETWEEN 0 AND places", name="places"),
        CheckConstraint("value_fen > 0", name="value"),
        CheckConstraint(
            "(state IN ('ended', 'withdrawn', 'refused')) = (ended_at IS NOT NULL)", name="ended"
        ),
        Index("ix_enterprise_quota_employer", "employer_id", "id"),
        Index("ix_enterprise_quota_allotment", "allotment_id", "id"),
        Index("ix_enterprise_quota_state_ends_on", "state", "ends_on"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id"))
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    """The rules of the day it was proposed; its vouchers keep them."""
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"))
    state: Mapped[QuotaState] = state_column(QuotaState)
    places: Mapped[int]
    """How many vouchers may be live or used at once: what two officers have signed."""
    used: Mapped[int]
    """Places that vouchers take. Kept by triggers on the vouchers, never written by hand."""
    value_fen: Mapped[int | None]
    """What each unused place sets aside: the face value; empty for entitlements."""
    ends_on: Mapped[date]
    """The last day on which somebody can be named."""
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def left(self) -> int:
        """Places nobody has."""
        return self.places - self.used


class ExpiryNotice(Base):
    """That a holder was told their unused voucher ends soon, and whether they know."""

    __tablename__ = "expiry_notice"
    __table_args__ = (Index("ix_expiry_notice_open", "acknowledged_at", "reminded_at"),)

    id: Mapped[Id]
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), unique=True)
    told_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    """The second time, shortly before its last day, because nobody had acknowledged the first."""
    acknowledged_at: Mapped[datetime | None]


class ClaimDecision(Base):
    """By what facts a voucher was given to one person, so that the decision can be run again.

    Vouchers of a batch have none: their decision is the batch's, made from the registers of the
    day (decision 0097).
    """

    __tablename__ = "claim_decision"

    voucher_id: Mapped[int] = mapped_column(
        ForeignKey("voucher.id"), primary_key=True, autoincrement=False
    )
    facts: Mapped[dict[str, Any]]
    """`rules.claim_facts`; day of birth and sex stay with the person, who keeps them."""
    decided_at: Mapped[datetime]


class IssueBatch(Base):
    """Vouchers of one scheme issued to many people, slice by slice; stopped, it goes on."""

    __tablename__ = "issue_batch"
    __table_args__ = (
        CheckConstraint("issued >= 0 AND held >= 0 AND committed_fen >= 0", name="counts"),
        CheckConstraint("done_workers <= total_workers", name="progress"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    is_for_everybody: Mapped[bool]
    """Whoever fulfils the rules; else only its members."""
    issued_on: Mapped[date]
    last_worker_id: Mapped[int]
    """Everybody up to this one is decided."""
    slices: Mapped[int]
    total_workers: Mapped[int]
    done_workers: Mapped[int]
    issued: Mapped[int]
    held: Mapped[int]
    """People who had such a voucher already."""
    committed_fen: Mapped[int]
    refusals: Mapped[dict[str, Any]]
    """Reason -> how many people."""
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class IssueBatchMember(Base):
    """One of the people a batch is for."""

    __tablename__ = "issue_batch_member"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("issue_batch.id"), primary_key=True, autoincrement=False
    )
    worker_id: Mapped[int] = mapped_column(
        ForeignKey("worker.id"), primary_key=True, autoincrement=False
    )


class Declaration(Base):
    """A voucher given on the person's word, to be checked later (告知承诺)."""

    __tablename__ = "declaration"
    __table_args__ = (
        Index("ix_declaration_state", "state", "check_by"),
        CheckConstraint("(state = 'open') = (checked_at IS NULL)", name="checked"),
    )

    id: Mapped[Id]
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), unique=True)
    category_fact_id: Mapped[int] = mapped_column(ForeignKey("category_fact.id"), index=True)
    """What the person declared; the check is the decision about it."""
    state: Mapped[DeclarationState] = state_column(DeclarationState)
    made_at: Mapped[datetime]
    check_by: Mapped[date]
    checked_at: Mapped[datetime | None]


class OtherSubsidy(Base):
    """Another subsidy a worker got for a certificate, e.g. 技能提升补贴 of the unemployment
    insurance: for the same certificate there is no second one."""

    __tablename__ = "other_subsidy"
    __table_args__ = (UniqueConstraint("worker_id", "occupation_code", "level", "kind"),)

    id: Mapped[Id]
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    occupation_code: Mapped[str]
    level: Mapped[int]
    kind: Mapped[str]
    """Its name as the register calls it."""
    granted_on: Mapped[date]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class Quote(Base):
    """An itemised, signed answer to `what would I pay?`; enrollment and settlement use it."""

    __tablename__ = "quote"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), index=True)
    course_run_id: Mapped[int] = mapped_column(ForeignKey("course_run.id"))
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    fee_fen: Mapped[int]
    value_fen: Mapped[int]
    """What the voucher pays."""
    own_share_fen: Mapped[int]
    currency: Mapped[str]
    lines: Mapped[list[Any]]
    """`[{"code", "amount_fen", "rule", "version", "params"}]`, adding up to the above."""
    facts: Mapped[dict[str, Any]]
    """What was known when it was decided, so that the decision can be re-run."""
    valid_until: Mapped[datetime]
    signature: Mapped[str]
    created_at: Mapped[datetime]
