"""Reading referrals and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select

from marketplace.employers.models import Employer, Employment, Referral, Vacancy
from marketplace.employers.states import EmploymentEvidence, ReferralState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.people.models import Worker
from marketplace.people.queries.workers import in_subtrees


def lock_referral(referral_id: int) -> Referral:
    """One referral, ours until the end of the unit of work."""
    referral = db.session.scalar(
        select(Referral)
        .where(Referral.id == referral_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if referral is None:
        raise NotFound("referral")
    return referral


def find_live_referral(worker_id: int, vacancy_id: int) -> Referral | None:
    """The referral of somebody to a vacancy that has not ended."""
    return db.session.scalar(
        select(Referral).where(
            Referral.worker_id == worker_id,
            Referral.vacancy_id == vacancy_id,
            Referral.state == ReferralState.MADE,
        )
    )


def has_proof(referral_id: int, evidence: EmploymentEvidence) -> bool:
    """Whether a document of this kind has proven that they work there already."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Employment.referral_id == referral_id,
                    Employment.evidence == evidence,
                )
            )
        )
    )


@dataclass(frozen=True, slots=True)
class ReferralItem:
    """A referral with its vacancy and employer, and the newest word on the employment."""

    referral: Referral
    vacancy: Vacancy
    employer: Employer
    employment: Employment | None


def list_referrals_of_worker(worker_id: int, page: PageRequest) -> Page[ReferralItem]:
    """Somebody's own referrals, newest first."""
    wanted = _items().where(Referral.worker_id == worker_id)
    return _page(wanted.order_by(Referral.id.desc()), page)


def list_referrals_in(paths: Collection[str], page: PageRequest) -> Page[ReferralItem]:
    """Referrals of people who live or work in these subtrees; those that wait come first."""
    wanted = _items().join(Worker, Worker.id == Referral.worker_id).where(in_subtrees(paths))
    return _page(wanted.order_by(Referral.state != ReferralState.MADE, Referral.id.desc()), page)


def get_referral_of_worker(code: str, worker_id: int) -> Referral:
    """Somebody's own referral; anybody else's is not found."""
    referral = db.session.scalar(
        select(Referral).where(Referral.code == code, Referral.worker_id == worker_id)
    )
    if referral is None:
        raise NotFound("referral")
    return referral


def get_referral_in(code: str, paths: Collection[str]) -> ReferralItem:
    """A referral of somebody in these subtrees; another is not found."""
    row = db.session.execute(
        _items()
        .join(Worker, Worker.id == Referral.worker_id)
        .where(Referral.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        raise NotFound("referral")
    return ReferralItem(*row)


def _page(wanted: Select[*tuple[Any, ...]], page: PageRequest) -> Page[ReferralItem]:
    counted = wanted.order_by(None).with_only_columns(Referral.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(wanted.offset(page.offset).limit(page.limit))
    return Page([ReferralItem(*row) for row in rows], total, page.number, page.limit)


def _items() -> Select[*tuple[Any, ...]]:
    newest = (
        select(func.max(Employment.id))
        .where(Employment.referral_id == Referral.id)
        .correlate(Referral)
        .scalar_subquery()
    )
    return (
        select(Referral, Vacancy, Employer, Employment)
        .join(Vacancy, Vacancy.id == Referral.vacancy_id)
        .join(Employer, Employer.id == Vacancy.employer_id)
        .outerjoin(Employment, Employment.id == newest)
    )
