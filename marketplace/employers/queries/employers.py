"""Reading employers, who acts for them, and who is on record as working there."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select

from marketplace.employers.models import (
    Employer,
    EmployerAgreement,
    EmployerMember,
    Employment,
    Referral,
    Vacancy,
)
from marketplace.employers.states import EmploymentEvidence
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound

MEMBERS_MAX = 50


def get_employer(employer_id: int) -> Employer:
    """An employer, or not found."""
    if (employer := db.session.get(Employer, employer_id)) is None:
        raise NotFound("employer", employer_id)
    return employer


def find_employer_by_uscc(uscc: str) -> Employer | None:
    """The employer with a credit code; of several sources the one known longest."""
    return db.session.scalar(
        select(Employer).where(Employer.uscc == uscc).order_by(Employer.id).limit(1)
    )


def find_employer(code_or_uscc: str) -> Employer | None:
    """An employer by its public code, or else by its credit code."""
    found = db.session.scalar(select(Employer).where(Employer.code == code_or_uscc))
    return found or find_employer_by_uscc(code_or_uscc)


def find_member(user_id: int) -> EmployerMember | None:
    """For which employer a login acts now."""
    return db.session.scalar(
        select(EmployerMember).where(
            EmployerMember.user_id == user_id, EmployerMember.ended_at.is_(None)
        )
    )


def find_employer_id_of(user_id: int) -> int | None:
    """The employer a login acts for, by number."""
    member = find_member(user_id)
    return member.employer_id if member else None


def list_members(employer_id: int) -> Sequence[EmployerMember]:
    """The logins that act for an employer now, the newest first."""
    return db.session.scalars(
        select(EmployerMember)
        .where(EmployerMember.employer_id == employer_id, EmployerMember.ended_at.is_(None))
        .order_by(EmployerMember.id.desc())
        .limit(MEMBERS_MAX)
    ).all()


def is_on_record(worker_id: int, *, employer: Employer) -> bool:
    """Whether somebody else than the worker recorded that the worker works for this employer: an
    employment after a referral, or an agreement about the own share that has not ended."""
    employed = (
        exists()
        .where(Referral.id == Employment.referral_id, Referral.worker_id == worker_id)
        .where(Vacancy.id == Referral.vacancy_id, Vacancy.employer_id == employer.id)
        .where(Employment.evidence != EmploymentEvidence.SELF_DECLARED)
    )
    agreed = exists().where(
        EmployerAgreement.worker_id == worker_id,
        EmployerAgreement.uscc == employer.uscc,
        EmployerAgreement.ended_at.is_(None),
    )
    return bool(db.session.scalar(select(employed | agreed)))
