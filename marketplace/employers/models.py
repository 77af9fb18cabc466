"""Employers, vacancies, referrals, and what became of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text

from marketplace.employers.states import EmploymentEvidence, ReferralState, VacancyState
from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column

_LIVE = text("state = 'made'")
_STANDS = text("ended_at IS NULL")


class Employer(Base):
    """Who offers work, as its source names it."""

    __tablename__ = "employer"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    source_key: Mapped[str]
    name: Mapped[str]
    uscc: Mapped[str | None]
    website: Mapped[str | None]
    contact: Mapped[str | None]
    """Public, as in any advertisement."""
    created_at: Mapped[datetime]


class Vacancy(Base):
    """One kind of work an employer looks for people for."""

    __tablename__ = "vacancy"
    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        CheckConstraint("openings BETWEEN 1 AND 10000", name="openings"),
        CheckConstraint("wage_fen_min >= 0 AND wage_fen_max >= wage_fen_min", name="wage"),
        Index("ix_vacancy_open", "state", "valid_until", "id"),
        Index("ix_vacancy_employer", "employer_id", "id"),
        Index("ix_vacancy_occupation", "occupation_id", "state"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id"))
    source: Mapped[str]
    source_key: Mapped[str]
    title: Mapped[str]
    occupation_id: Mapped[int | None] = mapped_column(ForeignKey("occupation.id"))
    level: Mapped[int | None]
    """The lowest skill level asked for: 5 beginner … 1 senior technician; empty: any."""
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"))
    place: Mapped[str | None]
    wage_fen_min: Mapped[int | None]
    wage_fen_max: Mapped[int | None]
    """A month, before tax; one figure is both."""
    openings: Mapped[int]
    description: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    state: Mapped[VacancyState] = state_column(VacancyState)
    content_sha256: Mapped[str]
    as_of: Mapped[date]
    created_at: Mapped[datetime]


class Referral(Base):
    """A worker made known to an employer for a vacancy, with their own consent."""

    __tablename__ = "referral"
    __table_args__ = (
        Index(
            "uq_referral_live",
            "worker_id",
            "vacancy_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_referral_worker", "worker_id", "id"),
        Index("ix_referral_vacancy", "vacancy_id", "id"),
        CheckConstraint("(state = 'made') = (ended_at IS NULL)", name="ended"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancy.id"))
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    share_id: Mapped[int | None] = mapped_column(ForeignKey("record_share.id"))
    """The link to the record that went with it, ended by the worker like any other."""
    state: Mapped[ReferralState] = state_column(ReferralState)
    consented_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Employment(Base):
    """That a referred worker began to work, and what proves it. Only ever added: what the worker
    says first may be proven by others later."""

    __tablename__ = "employment"
    __table_args__ = (UniqueConstraint("referral_id", "evidence"),)

    id: Mapped[Id]
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"))
    evidence: Mapped[EmploymentEvidence] = state_column(EmploymentEvidence, name="evidence")
    note: Mapped[str | None]
    started_on: Mapped[date]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class EmployerMember(Base):
    """A login that acts for an employer: names its employees and sees what became of its quotas.

    An officer records it by a signed document; ended, and recorded anew.
    """

    __tablename__ = "employer_member"
    __table_args__ = (
        Index(
            "uq_employer_member_user",
            "user_id",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index("ix_employer_member_employer", "employer_id", "id"),
    )

    id: Mapped[Id]
    employer_id: Mapped[int] = mapped_column(ForeignKey("employer.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    document_number: Mapped[str]
    """The employer's letter that names the person."""
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class EmployerAgreement(Base):
    """An employer pays part of what a voucher leaves over, by a signed document.

    Employers do not do it themselves: the institution records it for a learner of its own. Never
    edited; ended, and recorded anew.
    """

    __tablename__ = "employer_agreement"
    __table_args__ = (
        CheckConstraint(
            "(percent BETWEEN 1 AND 100 AND amount_fen IS NULL)"
            " OR (amount_fen > 0 AND percent IS NULL)",
            name="share",
        ),
        Index("ix_employer_agreement_worker", "worker_id", "institution_id", "id"),
        Index("ix_employer_agreement_enrollment", "enrollment_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    """The class it was recorded for."""
    employer_name: Mapped[str]
    uscc: Mapped[str | None]
    percent: Mapped[int | None]
    """Of the own share; or else a fixed amount of it."""
    amount_fen: Mapped[int | None]
    document_number: Mapped[str]
    signed_on: Mapped[date]
    standing_until: Mapped[date | None]
    """Holds for later classes of this institution as well, until this day; empty: for one class."""
    ended_at: Mapped[datetime | None]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]
