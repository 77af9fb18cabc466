"""The settings of course review and class filing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from marketplace.catalog.course_policy import CatalogPolicy, policy_from_values
from marketplace.catalog.models import CatalogPolicyRow
from marketplace.foundation import clock
from marketplace.foundation.db import db


def get_catalog_policy(*, on: date | None = None) -> CatalogPolicy:
    """The settings in force on a day, so that a past decision can be run again."""
    row = db.session.scalar(
        select(CatalogPolicyRow)
        .where(CatalogPolicyRow.valid_from <= (on or clock.today()))
        .order_by(CatalogPolicyRow.number.desc())
        .limit(1)
    )
    return CatalogPolicy() if row is None else policy_from_values(row.settings, clause=row.clause)


def list_catalog_policies() -> Sequence[CatalogPolicyRow]:
    """Every setting there ever was, newest first."""
    return db.session.scalars(
        select(CatalogPolicyRow).order_by(CatalogPolicyRow.number.desc()).limit(100)
    ).all()


def get_last_policy_number() -> int:
    """The number of the newest settings; 0 when there are only defaults."""
    return db.session.scalar(select(func.max(CatalogPolicyRow.number))) or 0
