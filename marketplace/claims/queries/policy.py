"""The settings of claims and advances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from marketplace.claims.models import ClaimPolicyRow
from marketplace.claims.rules.policy import ClaimPolicy, policy_from_values
from marketplace.foundation import clock
from marketplace.foundation.db import db


def get_claim_policy(*, on: date | None = None) -> ClaimPolicy:
    """The settings in force on a day, so that a past decision can be run again."""
    row = db.session.scalar(
        select(ClaimPolicyRow)
        .where(ClaimPolicyRow.valid_from <= (on or clock.today()))
        .order_by(ClaimPolicyRow.number.desc())
        .limit(1)
    )
    if row is None:
        return ClaimPolicy()
    return policy_from_values(row.settings, number=row.number, clause=row.clause)


def list_claim_policies() -> Sequence[ClaimPolicyRow]:
    """Every setting there ever was, newest first."""
    return db.session.scalars(
        select(ClaimPolicyRow).order_by(ClaimPolicyRow.number.desc()).limit(100)
    ).all()


def get_last_claim_policy_number() -> int:
    """The number of the newest settings; 0 when there are only defaults."""
    return db.session.scalar(select(func.max(ClaimPolicyRow.number))) or 0
