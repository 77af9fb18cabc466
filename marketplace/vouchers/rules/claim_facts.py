"""The facts of a claim as they are stored with its voucher, so that it can be decided again.

Day of birth and sex are not stored a second time: the person keeps them, and they do not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marketplace.people.states import PersonStatus, Sex, WorkerCategory
from marketplace.vouchers.rules.claims import ClaimFacts, LiveVoucher, StatusSpan
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import VoucherOrigin


def claim_facts_to_json(facts: ClaimFacts) -> dict[str, Any]:
    """Everything but the policy, which its scheme version keeps for ever, and the person."""
    live = facts.live_elsewhere
    return {
        "on": facts.on.isoformat(),
        "way": facts.way.value,
        "categories": sorted(facts.categories),
        "residence_path": facts.residence_path,
        "workplace_path": facts.workplace_path,
        "scheme_path": facts.scheme_path,
        "scheme_place": facts.scheme_place,
        "vouchers_this_year": facts.vouchers_this_year,
        "live_elsewhere": {"title": live.title, "expires_on": live.expires_on.isoformat()}
        if live
        else None,
        "allotment_found": facts.allotment_found,
        "available_fen": facts.available_fen,
        "declared": sorted(facts.declared),
        "statuses": [
            [span.status.value, span.valid_until.isoformat() if span.valid_until else None]
            for span in facts.statuses
        ],
        "vouchers_ever": facts.vouchers_ever,
        "category_vouchers": dict(sorted(facts.category_vouchers.items())),
    }


def claim_facts_from_json(
    stored: Mapping[str, Any], *, policy: Policy, born_on: date, sex: Sex
) -> ClaimFacts:
    """The facts as they were known then."""
    live = stored["live_elsewhere"]
    return ClaimFacts(
        on=date.fromisoformat(stored["on"]),
        policy=policy,
        way=VoucherOrigin(stored["way"]),
        born_on=born_on,
        sex=sex,
        categories=frozenset(WorkerCategory(name) for name in stored["categories"]),
        residence_path=stored["residence_path"],
        workplace_path=stored["workplace_path"],
        scheme_path=stored["scheme_path"],
        scheme_place=stored["scheme_place"],
        vouchers_this_year=stored["vouchers_this_year"],
        live_elsewhere=LiveVoucher(live["title"], date.fromisoformat(live["expires_on"]))
        if live
        else None,
        allotment_found=stored["allotment_found"],
        available_fen=stored["available_fen"],
        declared=frozenset(WorkerCategory(name) for name in stored["declared"]),
        statuses=tuple(
            StatusSpan(PersonStatus(status), date.fromisoformat(until) if until else None)
            for status, until in stored["statuses"]
        ),
        vouchers_ever=stored["vouchers_ever"],
        category_vouchers={
            WorkerCategory(name): count for name, count in stored["category_vouchers"].items()
        },
    )
