"""Reading enterprise quotas, as far as a voucher needs to know its own."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.employers.models import Employer
from marketplace.foundation.db import db
from marketplace.vouchers.models import EnterpriseQuota
from marketplace.vouchers.states import QuotaState


def is_quota_in_force(quota_id: int) -> bool:
    """Whether the place of an ended voucher can be given to somebody else."""
    state = db.session.scalar(select(EnterpriseQuota.state).where(EnterpriseQuota.id == quota_id))
    return state is QuotaState.IN_FORCE


def find_quota_origin(quota_id: int | None) -> tuple[str, str] | None:
    """The code of a voucher's quota and the name of the employer it was given to."""
    if quota_id is None:
        return None
    row = db.session.execute(
        select(EnterpriseQuota.code, Employer.name)
        .join(Employer, Employer.id == EnterpriseQuota.employer_id)
        .where(EnterpriseQuota.id == quota_id)
    ).one()
    return row[0], row[1]
