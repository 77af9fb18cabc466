"""The rating policy in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Date, bindparam, func, select

from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, ask
from marketplace.foundation.errors import NotFound
from marketplace.standing.models import RatingPolicy
from marketplace.standing.rules.policy import Policy, policy_from
from marketplace.standing.rules.policy_file import read_policy

BUILT_IN_VERSION = 1
POLICIES_KEPT = 100
_policies: dict[tuple[int, str], Policy] = {}
_BUILT_IN = Path(__file__).resolve().parents[1] / "rating_policy.yaml"


@lru_cache(maxsize=1)
def get_built_in_policy() -> dict[str, Any]:
    """The settings this release comes with: version 1 wherever none was loaded."""
    return read_policy(_BUILT_IN.read_text(encoding="utf-8"))


def get_rating_policy(on: date) -> Policy:
    """The version in force on a day; the one that comes with the release before any other."""
    rows = ask(_IN_FORCE, {"day": on})
    if not rows:
        return _built_in()
    key = (rows[0].version, rows[0].content_sha256)
    # Which one is in force is asked every time; a version itself never changes its content.
    if (policy := _policies.get(key)) is None:
        if len(_policies) >= POLICIES_KEPT:
            _policies.clear()
        policy = _policies[key] = get_rating_policy_version(rows[0].version)
    return policy


def get_rating_policy_version(version: int) -> Policy:
    """One version, to compute a past rating again."""
    row = db.session.scalar(select(RatingPolicy).where(RatingPolicy.version == version))
    if row is not None:
        return policy_from(row.content, version=row.version)
    if version == BUILT_IN_VERSION:
        return _built_in()
    raise NotFound("rating_policy", version)


def list_rating_policies() -> Sequence[RatingPolicy]:
    """Every version loaded, newest first."""
    return db.session.scalars(
        select(RatingPolicy).order_by(RatingPolicy.version.desc()).limit(100)
    ).all()


def find_newest_rating_policy() -> RatingPolicy | None:
    """The version that begins last."""
    return db.session.scalar(select(RatingPolicy).order_by(RatingPolicy.version.desc()).limit(1))


def count_rating_policies() -> int:
    """How many versions were loaded."""
    return db.session.scalar(select(func.count()).select_from(RatingPolicy)) or 0


@lru_cache(maxsize=1)
def _built_in() -> Policy:
    return policy_from(get_built_in_policy(), version=BUILT_IN_VERSION)


_policy = table_of(RatingPolicy)
_IN_FORCE = Direct(
    select(_policy.c.version, _policy.c.content_sha256)
    .where(_policy.c.valid_from <= bindparam("day", type_=Date))
    .order_by(_policy.c.valid_from.desc(), _policy.c.version.desc())
    .limit(1)
)
"""Read for every page of a course or an institution: built once, without objects."""
