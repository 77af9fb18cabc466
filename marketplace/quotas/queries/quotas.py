"""Reading quotas and their steps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, true

from marketplace.employers.models import Employer
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment, Fund
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.quotas.models import QuotaStep
from marketplace.quotas.states import QuotaStepState
from marketplace.vouchers.models import EnterpriseQuota, Scheme, SchemeVersion
from marketplace.vouchers.states import QuotaState

STEPS_MAX = 200
EXPORTED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class QuotaItem:
    """A quota with everything it names."""

    quota: EnterpriseQuota
    employer: Employer
    scheme: Scheme
    version: SchemeVersion
    allotment: Allotment
    place: Jurisdiction
    currency: str


def lock_employer(employer_id: int) -> Employer:
    """An employer, held until the end of the unit of work: one grant at a time."""
    employer = db.session.scalar(
        select(Employer).where(Employer.id == employer_id).with_for_update()
    )
    if employer is None:
        raise NotFound("employer", employer_id)
    return employer


def lock_quota(quota_id: int) -> EnterpriseQuota:
    """A quota as it stands now, held until the end of the unit of work."""
    quota = db.session.scalar(
        select(EnterpriseQuota)
        .where(EnterpriseQuota.id == quota_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if quota is None:
        raise NotFound("quota", quota_id)
    return quota


def get_quota_item(quota_id: int) -> QuotaItem:
    """One quota with everything it names."""
    return QuotaItem(*db.session.execute(_items().where(EnterpriseQuota.id == quota_id)).one())


def find_quota_in_scope(code: str, paths: Sequence[str]) -> QuotaItem | None:
    """A quota whose allotment is of a place within the reader's subtrees."""
    row = db.session.execute(
        _items().where(EnterpriseQuota.code == code, _within(paths))
    ).one_or_none()
    return QuotaItem(*row) if row else None


def find_quota_of_employer(code: str, employer_id: int) -> QuotaItem | None:
    """An employer's own quota, once it was granted; another's is not found."""
    row = db.session.execute(
        _items().where(EnterpriseQuota.code == code, *_granted_to(employer_id))
    ).one_or_none()
    return QuotaItem(*row) if row else None


def list_quotas(
    paths: Sequence[str],
    page: PageRequest,
    *,
    state: QuotaState | None = None,
    text: str = "",
) -> Page[QuotaItem]:
    """Quotas of some subtrees: what waits for a signature first, then the newest. `text` stands in
    the name of the employer, or is a code of the quota, the employer or the scheme. Among those
    that are proposed are those in force of which more places wait for a signature."""
    wanted, waits = _items().where(_within(paths)), _waits_for_a_signature()
    if state is QuotaState.PROPOSED:
        wanted = wanted.where(waits)
    elif state is not None:
        wanted = wanted.where(EnterpriseQuota.state == state)
    if text:
        wanted = wanted.where(
            or_(
                Employer.name.contains(text, autoescape=True),
                *(
                    column == text.upper()
                    for column in (
                        EnterpriseQuota.code, Employer.code, Employer.uscc, Scheme.code
                    )
                ),
            )
        )  # fmt: skip
    return _page(wanted.order_by(~waits, EnterpriseQuota.id.desc()), page)


def list_waiting(quota_ids: Collection[int]) -> set[int]:
    """Which of these quotas wait for a second signature, for themselves or for more places."""
    return set(
        db.session.scalars(
            select(QuotaStep.quota_id)
            .where(QuotaStep.quota_id.in_(quota_ids), QuotaStep.state == QuotaStepState.PROPOSED)
            .order_by(QuotaStep.quota_id)
            .limit(len(quota_ids))
        )
    )


def _waits_for_a_signature() -> ColumnElement[bool]:
    return exists().where(
        QuotaStep.quota_id == EnterpriseQuota.id, QuotaStep.state == QuotaStepState.PROPOSED
    )


def list_quotas_of_employer(employer_id: int, page: PageRequest) -> Page[QuotaItem]:
    """What an employer was granted, those in force first."""
    wanted = _items().where(*_granted_to(employer_id))
    order = (EnterpriseQuota.state != QuotaState.IN_FORCE, EnterpriseQuota.id.desc())
    return _page(wanted.order_by(*order), page)


def count_steps_to_sign(paths: Sequence[str]) -> int:
    """Steps of the quotas of some subtrees that wait for a second officer."""
    wanted = (
        select(func.count())
        .select_from(QuotaStep)
        .join(EnterpriseQuota, EnterpriseQuota.id == QuotaStep.quota_id)
        .join(Allotment, Allotment.id == EnterpriseQuota.allotment_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(QuotaStep.state == QuotaStepState.PROPOSED, _within(paths))
    )
    return db.session.scalar(wanted) or 0


def list_steps(quota_id: int) -> Sequence[QuotaStep]:
    """Everything decided about a quota, in order."""
    return db.session.scalars(
        select(QuotaStep)
        .where(QuotaStep.quota_id == quota_id)
        .order_by(QuotaStep.number)
        .limit(STEPS_MAX)
    ).all()


def find_open_step(quota_id: int) -> QuotaStep | None:
    """The step that waits for its second signature; there is one at most."""
    return db.session.scalar(
        select(QuotaStep).where(
            QuotaStep.quota_id == quota_id, QuotaStep.state == QuotaStepState.PROPOSED
        )
    )


def find_same_proposal(
    employer_id: int,
    *,
    scheme_version_id: int,
    allotment_id: int,
    places: int,
    ends_on: date,
    actor_id: int,
) -> EnterpriseQuota | None:
    """What an officer proposed in just these terms and nobody has decided yet."""
    return db.session.scalar(
        select(EnterpriseQuota)
        .join(QuotaStep, QuotaStep.quota_id == EnterpriseQuota.id)
        .where(
            EnterpriseQuota.employer_id == employer_id,
            EnterpriseQuota.state == QuotaState.PROPOSED,
            EnterpriseQuota.scheme_version_id == scheme_version_id,
            EnterpriseQuota.allotment_id == allotment_id,
            EnterpriseQuota.ends_on == ends_on,
            EnterpriseQuota.created_by == actor_id,
            QuotaStep.places == places,
            QuotaStep.state == QuotaStepState.PROPOSED,
        )
        .limit(1)
    )


def count_steps(quota_id: int) -> int:
    """How many steps a quota has had."""
    return db.session.scalar(select(func.count()).where(QuotaStep.quota_id == quota_id)) or 0


def sum_places_of_year(
    employer_id: int, *, scheme_id: int, year: int, besides_step_id: int | None = None
) -> int:
    """Places of a scheme an employer has out of the money of a year: granted ones, and those that
    wait for a signature; what was taken back or is over does not count."""
    mine = (
        EnterpriseQuota.employer_id == employer_id,
        Allotment.fiscal_year == year,
        EnterpriseQuota.scheme_version_id.in_(
            select(SchemeVersion.id).where(SchemeVersion.scheme_id == scheme_id)
        ),
    )
    granted = (
        select(func.coalesce(func.sum(EnterpriseQuota.places), 0))
        .join(Allotment, Allotment.id == EnterpriseQuota.allotment_id)
        .where(*mine)
    )
    waiting = (
        select(func.coalesce(func.sum(QuotaStep.places), 0))
        .join(EnterpriseQuota, EnterpriseQuota.id == QuotaStep.quota_id)
        .join(Allotment, Allotment.id == EnterpriseQuota.allotment_id)
        .where(*mine, QuotaStep.state == QuotaStepState.PROPOSED)
    )
    if besides_step_id is not None:
        waiting = waiting.where(QuotaStep.id != besides_step_id)
    return int(db.session.scalar(granted) or 0) + int(db.session.scalar(waiting) or 0)


def list_due_quotas(*, on: date, limit: int = 1_000) -> Sequence[EnterpriseQuota]:
    """Quotas whose last day has passed, proposed ones included; oldest first."""
    return db.session.scalars(
        select(EnterpriseQuota)
        .where(
            EnterpriseQuota.state.in_((QuotaState.PROPOSED, QuotaState.IN_FORCE)),
            EnterpriseQuota.ends_on < on,
        )
        .order_by(EnterpriseQuota.ends_on, EnterpriseQuota.id)
        .limit(limit)
    ).all()


def list_allotments_for(
    fund_ids: Sequence[int], *, year: int, paths: Sequence[str]
) -> list[tuple[Allotment, Jurisdiction, Fund]]:
    """What an officer can grant quotas out of: allotments of these funds and a year, in the
    officer's places."""
    rows = db.session.execute(
        select(Allotment, Jurisdiction, Fund)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .join(Fund, Fund.id == Allotment.fund_id)
        .where(Allotment.fund_id.in_(fund_ids), Allotment.fiscal_year == year, _within(paths))
        .order_by(Jurisdiction.path, Fund.code, Allotment.id)
        .limit(500)
    )
    return [(allotment, place, fund) for allotment, place, fund in rows]


def _granted_to(employer_id: int) -> tuple[ColumnElement[bool], ...]:
    shown = (QuotaState.IN_FORCE, QuotaState.ENDED, QuotaState.WITHDRAWN)
    return EnterpriseQuota.employer_id == employer_id, EnterpriseQuota.state.in_(shown)


def _items() -> Select[*tuple[Any, ...]]:
    return (
        select(
            EnterpriseQuota, Employer, Scheme, SchemeVersion, Allotment, Jurisdiction, Fund.currency
        )
        .join(Employer, Employer.id == EnterpriseQuota.employer_id)
        .join(SchemeVersion, SchemeVersion.id == EnterpriseQuota.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .join(Allotment, Allotment.id == EnterpriseQuota.allotment_id)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .join(Fund, Fund.id == Allotment.fund_id)
    )


def _page(wanted: Select[*tuple[Any, ...]], page: PageRequest) -> Page[QuotaItem]:
    counted = wanted.order_by(None).with_only_columns(EnterpriseQuota.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(wanted.offset(page.offset).limit(page.limit))
    return Page([QuotaItem(*row) for row in rows], total, page.number, page.limit)


def _within(paths: Sequence[str]) -> ColumnElement[bool]:
    if "" in paths:
        return true()
    return or_(false(), *(Jurisdiction.path.startswith(path, autoescape=True) for path in paths))
