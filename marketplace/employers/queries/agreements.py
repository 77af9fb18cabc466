"""What employers have agreed to pay for their workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Exists, bindparam, exists, select

from marketplace.employers.agreement_rules import EmployerShare
from marketplace.employers.models import EmployerAgreement
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import NotFound

AGREEMENTS_MAX = 50
"""Of one worker; nobody has nearly as many."""
_agreement = table_of(EmployerAgreement)
_STANDING = (
    select(_agreement)
    .where(
        _agreement.c.worker_id == bindparam("worker_id", type_=BigInteger),
        _agreement.c.ended_at.is_(None),
        _agreement.c.standing_until.is_not(None),
    )
    .order_by(_agreement.c.id)
    .limit(AGREEMENTS_MAX)
)
"""Read for every quote: built once, and without objects."""


def has_standing_agreement(worker_id: ColumnElement[int]) -> Exists:
    """Whether an employer has said to pay part of what this worker pays, to ask along the way."""
    return exists().where(
        _agreement.c.worker_id == worker_id,
        _agreement.c.ended_at.is_(None),
        _agreement.c.standing_until.is_not(None),
    )


def list_standing_shares(worker_id: int, *, on: date) -> Mapping[int, EmployerShare]:
    """Institution -> what an employer pays there of the worker's own share; the newest counts."""
    return {
        row.institution_id: EmployerShare(
            row.code,
            row.employer_name,
            row.document_number,
            row.signed_on,
            row.percent,
            row.amount_fen,
        )
        for row in db.session.execute(_STANDING, {"worker_id": worker_id})
        if row.standing_until >= on
    }


def share_of(agreement: EmployerAgreement) -> EmployerShare:
    """An agreement as the rules see it."""
    return EmployerShare(
        agreement.code,
        agreement.employer_name,
        agreement.document_number,
        agreement.signed_on,
        agreement.percent,
        agreement.amount_fen,
    )


def find_agreement(agreement_id: int | None) -> EmployerAgreement | None:
    """An agreement by its number."""
    return db.session.get(EmployerAgreement, agreement_id) if agreement_id else None


def get_agreement_by_code(code: str) -> EmployerAgreement:
    """An agreement, or not found."""
    found = db.session.scalar(select(EmployerAgreement).where(EmployerAgreement.code == code))
    if found is None:
        raise NotFound("employer_agreement", code)
    return found


def list_agreements_of(worker_id: int, *, institution_id: int) -> Sequence[EmployerAgreement]:
    """What was recorded of a worker at an institution, the newest first."""
    return db.session.scalars(
        select(EmployerAgreement)
        .where(
            EmployerAgreement.worker_id == worker_id,
            EmployerAgreement.institution_id == institution_id,
        )
        .order_by(EmployerAgreement.id.desc())
        .limit(AGREEMENTS_MAX)
    ).all()
