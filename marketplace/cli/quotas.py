"""Quotas as commands and the daily job show and end them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.drafting.operations.drafts import Officer
from marketplace.employers.models import Employer
from marketplace.employers.queries.employers import find_employer
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.funds.models import Allotment
from marketplace.funds.queries import find_allotment_by_code
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.quotas.models import QuotaNaming
from marketplace.quotas.operations.returning import end_quota
from marketplace.quotas.queries.namings import get_use
from marketplace.quotas.queries.quotas import (
    find_open_step,
    find_quota_in_scope,
    get_quota_item,
    list_due_quotas,
)
from marketplace.vouchers.models import EnterpriseQuota


def end_all_due(*, before_each: Callable[[], None] = lambda: None) -> dict[str, int]:
    """End every quota whose last day has passed, each its own unit of work: how many quotas and
    unused places, and what they released in fen."""
    quotas = places = released_fen = 0
    while due := [quota.id for quota in list_due_quotas(on=clock.today())]:
        for quota_id in due:
            with write_transaction():
                before_each()
                quota, unused = end_quota(quota_id)
                released_fen += unused * (quota.value_fen or 0)
            quotas, places = quotas + 1, places + unused
    return {"quotas": quotas, "places": places, "released_fen": released_fen}


def list_what_would_end() -> dict[str, Any]:
    """The same, without ending anything, and which they are."""
    due = list_due_quotas(on=clock.today())
    return {
        "quotas": len(due),
        "places": sum(quota.left for quota in due),
        "released_fen": sum(quota.left * (quota.value_fen or 0) for quota in due),
        "codes": [quota.code for quota in due],
    }


def quota_named(code: str, officer: Officer) -> EnterpriseQuota:
    """A quota of the officer's places by its code; refuses one that is not known there."""
    item = find_quota_in_scope(code.strip().upper(), tuple(officer.paths))
    if item is None:
        raise Refused(Refusal("quota_unknown", {"code": code}))
    return item.quota


def employer_named(code: str) -> Employer:
    """An employer by its code or credit code; refuses one that is not known."""
    employer = find_employer(code.strip().upper())
    if employer is None:
        raise Refused(Refusal("employer_unknown", {"code": code}))
    return employer


def allotment_named(code: str, officer: Officer) -> Allotment:
    """An allotment of the officer's places by its code; refuses one that is not known there."""
    allotment = find_allotment_by_code(code.strip().upper())
    place = get_jurisdiction(allotment.jurisdiction_id).path if allotment else ""
    if allotment is None or not place.startswith(tuple(officer.paths)):
        raise Refused(Refusal("quota_allotment_wrong"))
    return allotment


def quota_document(quota_id: int) -> dict[str, Any]:
    """A quota for machines; amounts in fen."""
    item, use, step = get_quota_item(quota_id), get_use(quota_id), find_open_step(quota_id)
    quota = item.quota
    return {
        "quota": quota.code,
        "employer": item.employer.code,
        "scheme": item.scheme.code,
        "version": item.version.number,
        "allotment": item.allotment.code,
        "state": quota.state.value,
        "places": quota.places,
        "waiting": step.places if step else 0,
        "used": quota.used,
        "value_fen": quota.value_fen,
        "ends_on": quota.ends_on.isoformat(),
        "given": use.given,
        "accepted": use.accepted,
        "reserved": use.reserved,
        "redeemed": use.redeemed,
        "certificates": use.certificates,
    }


def namings_document(namings: list[QuotaNaming]) -> dict[str, Any]:
    """What became of a list: how many got a voucher, and the others by reason."""
    refusals: dict[str, int] = {}
    for naming in namings:
        for stored in naming.refusals:
            refusals[stored["code"]] = refusals.get(stored["code"], 0) + 1
    return {
        "people": len(namings),
        "vouchers": sum(naming.voucher_id is not None for naming in namings),
        "refusals": dict(sorted(refusals.items())),
        "named": [
            {
                "shown_as": naming.shown_as,
                "has_voucher": naming.voucher_id is not None,
                "refusals": [stored["code"] for stored in naming.refusals],
            }
            for naming in namings
        ],
    }
