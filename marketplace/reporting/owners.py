"""Whose ledger accounts are: names for their keys, so that nobody has to know codes by heart."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.funds.models import Allotment, Fund
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction

KEYS_MAX = 500


def name_owners(kind: str, keys: Collection[str]) -> dict[str, str]:
    """By key: an institution's name, the place and year of an allotment, a fund's name.

    People's accounts keep their codes; other keys are words already.
    """
    if kind.endswith(":institution"):
        wanted = select(Institution.code, Institution.name).where(Institution.code.in_(keys))
        order = Institution.code
    elif kind.startswith("fund:"):
        wanted = select(Fund.code, Fund.name).where(Fund.code.in_(keys))
        order = Fund.code
    elif kind.startswith("allotment:"):
        return _places(keys)
    else:
        return {}
    rows = db.session.execute(wanted.order_by(order).limit(KEYS_MAX))
    return {code: name for code, name in rows}


def _places(keys: Collection[str]) -> dict[str, str]:
    rows = db.session.execute(
        select(Allotment.code, Jurisdiction.name, Allotment.fiscal_year)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(Allotment.code.in_(keys))
        .order_by(Allotment.code)
        .limit(KEYS_MAX)
    )
    return {code: f"{name} {year}" for code, name, year in rows}
