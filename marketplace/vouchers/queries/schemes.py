"""Reading schemes and their versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, bindparam, func, or_, select
from sqlalchemy.orm import defer

from marketplace.foundation.db import db
from marketplace.foundation.direct import Direct, ask
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funding.models import FundingSource
from marketplace.funding.queries.sources import is_paid_by_sources, list_sources_of_fund
from marketplace.funds.models import Fund
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.vouchers.models import Scheme, SchemeVersion
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.vouchers.states import SchemeVersionState

SCHEMES_MAX = 50
"""Schemes that may be in force at once; a deployment has a handful."""
POLICIES_KEPT = 200
_policies: dict[tuple[int, str], Policy] = {}


@dataclass(frozen=True, slots=True)
class SchemeInForce:
    """A scheme with the version of a day, its place and its fund."""

    scheme: Scheme
    version: SchemeVersion
    policy: Policy
    jurisdiction: Jurisdiction
    fund: Fund
    is_pooled: bool = False
    """Other funds pay for it too, each in its turn and scope (room `funding`)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A scheme as a page needs it: its rules on a day, what it is called and where it holds."""

    scheme_code: str
    title: dict[str, str]
    place: str
    policy: Policy


def get_scheme(scheme_id: int) -> Scheme:
    """A scheme, or not found."""
    if (scheme := db.session.get(Scheme, scheme_id)) is None:
        raise NotFound("scheme", scheme_id)
    return scheme


def list_region_names(policies: Iterable[Policy]) -> dict[str, str]:
    """What the places are called that some policies name by code."""
    codes = {code for one in policies if one.regions for code in one.regions.value}
    if not codes:
        return {}
    rows = db.session.execute(
        select(Jurisdiction.code, Jurisdiction.name)
        .where(Jurisdiction.code.in_(codes))
        .order_by(Jurisdiction.code)
        .limit(len(codes))
    )
    return {code: name for code, name in rows}


def lock_scheme(scheme_id: int) -> None:
    """A scheme, held until the end of the unit of work: one giver at a time, where caps count
    what was given."""
    db.session.scalar(select(Scheme.id).where(Scheme.id == scheme_id).with_for_update())


def find_scheme_by_code(code: str) -> Scheme | None:
    """A scheme by its public code."""
    return db.session.scalar(select(Scheme).where(Scheme.code == code))


def get_scheme_version(version_id: int) -> SchemeVersion:
    """A version, or not found."""
    if (version := db.session.get(SchemeVersion, version_id)) is None:
        raise NotFound("scheme version", version_id)
    return version


def get_policy(version: SchemeVersion) -> Policy:
    """The rules of a version as typed data."""
    return policy_from_pack(version.policy, version=version.number)


def get_policy_of(version_id: int, content_sha256: str) -> Policy:
    """The rules of a version, read once: a version never changes its content."""
    key = (version_id, content_sha256)
    if (policy := _policies.get(key)) is None:
        if len(_policies) >= POLICIES_KEPT:
            _policies.clear()
        policy = _policies[key] = get_policy(get_scheme_version(version_id))
    return policy


def find_latest_version(scheme_id: int) -> SchemeVersion | None:
    """The version loaded last."""
    return db.session.scalar(
        select(SchemeVersion)
        .where(SchemeVersion.scheme_id == scheme_id)
        .order_by(SchemeVersion.number.desc())
        .limit(1)
    )


def list_scheme_versions(scheme_id: int) -> Sequence[SchemeVersion]:
    """All versions of a scheme, newest first."""
    return db.session.scalars(
        select(SchemeVersion)
        .where(SchemeVersion.scheme_id == scheme_id)
        .order_by(SchemeVersion.number.desc())
        .limit(200)
    ).all()


def find_scheme_in_force(scheme_id: int, *, on: date) -> SchemeInForce | None:
    """A scheme with its version in force on a day."""
    wanted = _IN_FORCE.where(Scheme.id == scheme_id)
    row = db.session.execute(wanted, {"on": on}).one_or_none()
    return _in_force(*row) if row is not None else None


def get_offer(version_id: int) -> SchemeInForce:
    """A version with its scheme, place and fund, whether in force or not."""
    row = db.session.execute(
        select(Scheme, SchemeVersion, Jurisdiction, Fund, is_paid_by_sources(Scheme.id))
        .join(SchemeVersion, SchemeVersion.scheme_id == Scheme.id)
        .join(Jurisdiction, Jurisdiction.id == Scheme.jurisdiction_id)
        .join(Fund, Fund.id == Scheme.fund_id)
        .where(SchemeVersion.id == version_id)
    ).one_or_none()
    if row is None:
        raise NotFound("scheme version", version_id)
    return _in_force(*row)


def list_schemes_paid_by(fund_id: int) -> list[tuple[FundingSource, dict[str, str]]]:
    """The sources by which a fund pays for schemes that are not its own, with their titles."""
    found = []
    for source in list_sources_of_fund(fund_id):
        version = find_latest_version(source.scheme_id)
        found.append((source, version.title if version else {}))
    return found


def list_schemes_in_force(*, on: date) -> list[SchemeInForce]:
    """Every scheme with its version in force on a day, by code."""
    return [_in_force(*row) for row in db.session.execute(_IN_FORCE, {"on": on})]


def list_terms_in_force(*, on: date) -> list[Terms]:
    """The same without objects: what a page says of every scheme."""
    return [
        Terms(row.code, row.title, row.place, get_policy_of(row.version_id, row.content_sha256))
        for row in ask(_TERMS, {"on": on})
    ]


def list_schemes(page: PageRequest) -> Page[tuple[Scheme, SchemeVersion]]:
    """Every scheme with its version loaded last, by code."""
    latest = (
        select(SchemeVersion.scheme_id, func.max(SchemeVersion.number).label("number"))
        .group_by(SchemeVersion.scheme_id)
        .subquery()
    )
    wanted = (
        select(Scheme, SchemeVersion)
        .join(latest, latest.c.scheme_id == Scheme.id)
        .join(
            SchemeVersion,
            (SchemeVersion.scheme_id == Scheme.id) & (SchemeVersion.number == latest.c.number),
        )
    )
    total = db.session.scalar(select(func.count()).select_from(Scheme)) or 0
    rows = db.session.execute(
        wanted.order_by(Scheme.code).offset(page.offset).limit(page.limit)
    ).all()
    return Page([(scheme, version) for scheme, version in rows], total, page.number, page.limit)


def _in_force(
    scheme: Scheme, version: SchemeVersion, place: Jurisdiction, fund: Fund, is_pooled: bool
) -> SchemeInForce:
    """Several funds have nothing to share where a voucher pays nothing."""
    policy = get_policy_of(version.id, version.content_sha256)
    return SchemeInForce(scheme, version, policy, place, fund, bool(is_pooled) and policy.kind.pays)


_ON = bindparam("on", type_=Date)
# The version in force is the one loaded last among those that have begun.
_LATEST = (
    select(SchemeVersion.scheme_id, func.max(SchemeVersion.number).label("number"))
    .where(SchemeVersion.state == SchemeVersionState.PUBLISHED, SchemeVersion.valid_from <= _ON)
    .group_by(SchemeVersion.scheme_id)
    .subquery()
)
_IS_LATEST = (SchemeVersion.scheme_id == _LATEST.c.scheme_id) & (
    SchemeVersion.number == _LATEST.c.number
)
_NOT_OVER = or_(SchemeVersion.valid_until.is_(None), SchemeVersion.valid_until >= _ON)
_IN_FORCE = (
    select(Scheme, SchemeVersion, Jurisdiction, Fund, is_paid_by_sources(Scheme.id))
    .join(_LATEST, _LATEST.c.scheme_id == Scheme.id)
    .join(SchemeVersion, _IS_LATEST)
    .join(Jurisdiction, Jurisdiction.id == Scheme.jurisdiction_id)
    .join(Fund, Fund.id == Scheme.fund_id)
    .where(_NOT_OVER)
    .order_by(Scheme.code)
    .limit(SCHEMES_MAX)
    # The largest column, and read as `get_policy_of` keeps it.
    .options(defer(SchemeVersion.policy))
)
_TERMS = Direct(
    select(
        Scheme.code,
        SchemeVersion.id.label("version_id"),
        SchemeVersion.content_sha256,
        SchemeVersion.title,
        Jurisdiction.name.label("place"),
    )
    .select_from(Scheme)
    .join(_LATEST, _LATEST.c.scheme_id == Scheme.id)
    .join(SchemeVersion, _IS_LATEST)
    .join(Jurisdiction, Jurisdiction.id == Scheme.jurisdiction_id)
    .where(_NOT_OVER)
    .order_by(Scheme.code)
    .limit(SCHEMES_MAX)
)
"""Read for every page of a course: built once."""
