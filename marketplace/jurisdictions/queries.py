"""Reading the tree of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.text import tidy
from marketplace.jurisdictions.models import Jurisdiction

LIST_MAX = 500


def get_jurisdiction(jurisdiction_id: int) -> Jurisdiction:
    """A unit by id."""
    unit = db.session.get(Jurisdiction, jurisdiction_id)
    if unit is None:
        raise NotFound("jurisdiction", jurisdiction_id)
    return unit


def find_jurisdiction_by_code(code: str) -> Jurisdiction | None:
    """A unit by its code: six digits (tiers 1-3) or nine (townships)."""
    return db.session.scalar(select(Jurisdiction).where(Jurisdiction.code == code))


def list_jurisdiction_ids(codes: Iterable[str]) -> dict[str, int]:
    """Ids by code, for the codes that exist."""
    wanted = sorted(set(codes))
    rows = db.session.execute(
        select(Jurisdiction.code, Jurisdiction.id)
        .where(Jurisdiction.code.in_(wanted))
        .order_by(Jurisdiction.code)
        .limit(len(wanted) or 1)
    )
    return {code: unit_id for code, unit_id in rows}


def list_children(
    parent_id: int | None, *, with_retired: bool = False, limit: int = LIST_MAX
) -> Sequence[Jurisdiction]:
    """The units directly below one, by code; of no parent: the provinces."""
    wanted = select(Jurisdiction).where(Jurisdiction.parent_id == parent_id)
    if not with_retired:
        wanted = wanted.where(Jurisdiction.retired_on.is_(None))
    return db.session.scalars(wanted.order_by(Jurisdiction.code).limit(limit)).all()


def list_path_names(path: str) -> list[str]:
    """The names from province down to the unit of a path; names that only fill in are left out."""
    codes = [code for code in path.split("/") if code]
    rows = db.session.execute(
        select(Jurisdiction.name)
        .where(Jurisdiction.code.in_(codes))
        .order_by(Jurisdiction.tier)
        .limit(4)
    )
    return [name for (name,) in rows if name not in PLACEHOLDER_NAMES]


def list_jurisdictions_matching(text: str, *, limit: int = 20) -> Sequence[Jurisdiction]:
    """Units whose code begins with, or whose name contains, what was typed; broad ones first."""
    typed = tidy(text)
    if not typed:
        return []
    wanted = (
        Jurisdiction.code.startswith(typed)
        if typed.isdigit()
        else Jurisdiction.name.contains(typed, autoescape=True)
    )
    return db.session.scalars(
        select(Jurisdiction)
        .where(wanted, Jurisdiction.retired_on.is_(None))
        .order_by(Jurisdiction.tier, Jurisdiction.code)
        .limit(limit)
    ).all()


def is_within(path: str, ancestor_path: str) -> bool:
    """Whether a unit lies in the subtree of another; '' is the whole deployment."""
    return path.startswith(ancestor_path)


PLACEHOLDER_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Prefectures that exist for the code's sake only."""
