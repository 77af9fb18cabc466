"""The rating policy in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.standing.models import RatingPolicy
from marketplace.standing.rules.policy import Policy, policy_from
from marketplace.standing.rules.policy_file import read_policy

BUILT_IN_VERSION = 1
_BUILT_IN = Path(__file__).resolve().parents[1] / "rating_policy.yaml"


@lru_cache(maxsize=1)
def get_built_in_policy() -> dict[str, Any]:
    """The settings this release comes with: version 1 wherever none was loaded."""
    return read_policy(_BUILT_IN.read_text(encoding="utf-8"))


def get_rating_policy(on: date) -> Policy:
    """The version in force on a day; the one that comes with the release before any other."""
    row = db.session.scalar(
        select(RatingPolicy)
        .where(RatingPolicy.valid_from <= on)
        .order_by(RatingPolicy.valid_from.desc(), RatingPolicy.version.desc())
        .limit(1)
    )
    if row is None:
        return policy_from(get_built_in_policy(), version=BUILT_IN_VERSION)
    return policy_from(row.content, version=row.version)


def get_rating_policy_version(version: int) -> Policy:
    """One version, to compute a past rating again."""
    row = db.session.scalar(select(RatingPolicy).where(RatingPolicy.version == version))
    if row is not None:
        return policy_from(row.content, version=row.version)
    if version == BUILT_IN_VERSION:
        return policy_from(get_built_in_policy(), version=BUILT_IN_VERSION)
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
