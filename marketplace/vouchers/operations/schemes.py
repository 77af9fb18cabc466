"""Publishing policy: a pack becomes a scheme's next version."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.funds.models import Fund
from marketplace.funds.queries import find_fund_by_code
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.vouchers.models import Scheme, SchemeVersion, SubsidyRate
from marketplace.vouchers.queries.schemes import find_latest_version, find_scheme_by_code
from marketplace.vouchers.rules.differences import list_differences
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.policy_reading import amount_fen_max
from marketplace.vouchers.rules.quote_facts import canonical_json
from marketplace.vouchers.states import SchemeVersionState


def load_scheme(pack_text: str, *, actor_id: int | None) -> SchemeVersion:
    """Publish a policy pack. The same content again is the version that exists.

    Refuses every problem of the pack by its path, an unknown fund or jurisdiction, a change of
    what a scheme keeps for ever, and a version that would change the past.
    """
    pack = read_pack(pack_text)
    scheme = find_scheme_by_code(pack["scheme"])
    latest = find_latest_version(scheme.id) if scheme else None
    digest = hashlib.sha256(canonical_json(pack).encode()).hexdigest()
    if latest and latest.content_sha256 == digest:
        return latest
    fund, place = _surroundings(pack, latest)
    scheme = scheme or _new_scheme(pack["scheme"], fund, place)
    version = _new_version(scheme, latest, pack, digest, actor_id)
    changed = list_differences(latest.policy if latest else None, pack)
    record_event(
        "scheme.published",
        subject_kind="scheme",
        subject_code=scheme.code,
        actor_id=actor_id,
        details={
            "number": version.number,
            "valid_from": pack["valid_from"],
            "changed": [item.path for item in changed[:200]],
        },
    )
    return version


def check_pack(pack_text: str) -> dict[str, Any]:
    """A pack in normal form that could be published today; nothing is written.

    Refuses what `load_scheme` refuses.
    """
    pack = read_pack(pack_text)
    scheme = find_scheme_by_code(pack["scheme"])
    _surroundings(pack, find_latest_version(scheme.id) if scheme else None)
    return pack


def check_pack_for_replay(pack_text: str) -> dict[str, Any]:
    """A pack in normal form that the past can be replayed under: one in force, too.

    Refuses what `load_scheme` refuses, but for a first day that has passed.
    """
    pack = read_pack(pack_text)
    scheme = find_scheme_by_code(pack["scheme"])
    latest = find_latest_version(scheme.id) if scheme else None
    if latest:
        pack_of_today = pack | {"valid_from": max(latest.valid_from, clock.today()).isoformat()}
        _surroundings(pack_of_today, latest)
    else:
        _surroundings(pack, None)
    return pack


def _surroundings(pack: dict[str, Any], latest: SchemeVersion | None) -> tuple[Fund, Jurisdiction]:
    """The fund and the place of a pack; refuses what does not fit them or the version before."""
    fund = find_fund_by_code(pack["fund"])
    place = db.session.scalar(select(Jurisdiction).where(Jurisdiction.code == pack["jurisdiction"]))
    refusals = _surroundings_refusals(pack, fund, place)
    refusals += _succession_refusals(pack, latest) if latest else []
    if refusals:
        raise Refused(refusals)
    assert fund is not None, "refused above otherwise"
    assert place is not None, "refused above otherwise"
    return fund, place


def _surroundings_refusals(
    pack: dict[str, Any], fund: Fund | None, place: Jurisdiction | None
) -> list[Refusal]:
    problems = []
    if fund is None:
        problems.append(Refusal("pack_fund_unknown", {"code": pack["fund"]}, field="fund"))
    elif fund.currency != pack["currency"]:
        params = {"expected": fund.currency, "given": pack["currency"]}
        problems.append(Refusal("pack_currency_differs", params, field="currency"))
    if place is None:
        code = pack["jurisdiction"]
        problems.append(Refusal("pack_jurisdiction_unknown", {"code": code}, field="jurisdiction"))
    return problems + _region_refusals(pack)


def _region_refusals(pack: dict[str, Any]) -> list[Refusal]:
    """Places that count like the scheme's own must be known, or nobody could live there."""
    regions = pack["eligibility"].get("regions", {}).get("value", [])
    known = set(db.session.scalars(select(Jurisdiction.code).where(Jurisdiction.code.in_(regions))))
    return [
        Refusal(
            "pack_jurisdiction_unknown",
            {"code": code},
            field=f"eligibility.regions.value[{number}]",
        )
        for number, code in enumerate(regions)
        if code not in known
    ]


def _succession_refusals(pack: dict[str, Any], latest: SchemeVersion) -> list[Refusal]:
    """What a scheme keeps for ever, and the past, which no version may change."""
    before = latest.policy
    problems = [
        Refusal(code, {"code": before[key]}, field=key)
        for key, code in (
            ("fund", "pack_fund_changed"),
            ("jurisdiction", "pack_jurisdiction_changed"),
            ("kind", "pack_kind_changed"),
        )
        if pack[key] != before[key]
    ]
    earliest = max(latest.valid_from, clock.today())
    if date.fromisoformat(pack["valid_from"]) < earliest:
        problems.append(Refusal("pack_backdated", {"day": earliest}, field="valid_from"))
    return problems


def _new_scheme(code: str, fund: Fund, place: Jurisdiction) -> Scheme:
    scheme = Scheme(code=code, fund_id=fund.id, jurisdiction_id=place.id, created_at=clock.now())
    db.session.add(scheme)
    db.session.flush()
    return scheme


def _new_version(
    scheme: Scheme,
    latest: SchemeVersion | None,
    pack: dict[str, Any],
    digest: str,
    actor_id: int | None,
) -> SchemeVersion:
    until = pack.get("valid_until")
    version = SchemeVersion(
        scheme_id=scheme.id,
        number=latest.number + 1 if latest else 1,
        state=SchemeVersionState.PUBLISHED,
        title=pack["title"],
        policy=pack,
        content_sha256=digest,
        valid_from=date.fromisoformat(pack["valid_from"]),
        valid_until=date.fromisoformat(until) if until else None,
        loaded_by=actor_id,
        loaded_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()
    db.session.add_all(
        SubsidyRate(
            scheme_version_id=version.id,
            occupation_code=row.get("occupation"),
            level=row.get("level"),
            amount_fen=amount_fen_max(row),
            hours_min=row.get("hours_min"),
            clause=row["clause"],
        )
        for row in pack.get("rates", [])
    )
    db.session.flush()
    return version
