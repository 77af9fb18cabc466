"""What a campaign would do, before anybody signs it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.campaigns.models import Campaign
from marketplace.campaigns.queries.population import (
    Overlap,
    PopulationCounts,
    count_population,
    list_overlaps,
    list_population,
)
from marketplace.campaigns.rules import arm_of, population_from
from marketplace.campaigns.states import Arm
from marketplace.foundation.money import Money
from marketplace.funds.queries import find_allotment_for
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.vouchers.queries.facts import (
    get_available_fen,
    get_claim_facts,
    get_claimant,
)
from marketplace.vouchers.queries.schemes import SchemeInForce, find_scheme_in_force
from marketplace.vouchers.rules.claims import least_cost_fen, refusals_for_claim
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import VoucherKind, VoucherOrigin

TRIAL_MAX = 40
"""So many people the scheme's rules are tried on; the rest is decided one by one at issue."""


@dataclass(frozen=True, slots=True)
class CampaignPreview:
    """Size, cost, overlap, and a trial of the scheme's rules on some of the people."""

    counts: PopulationCounts
    treated: int
    """About so many are invited; the draw decides person by person."""
    held_out: int
    least: Money | None
    most: Money | None
    """What the vouchers of all invited people can cost; empty: the scheme is not in force."""
    available: Money | None
    overlaps: list[Overlap]
    tried: int
    would_get: int
    refusals: list[tuple[str, int]]
    """First reasons against people of the trial, the most frequent first."""


def get_preview(campaign: Campaign, place: Jurisdiction, *, on: date) -> CampaignPreview:
    """Everything an officer weighs; changes nothing."""
    rule = population_from(campaign.population)
    asked: Any = {"place_path": place.path, "scheme_id": campaign.scheme_id, "on": on}
    counts = count_population(rule, **asked)
    held_out = round(counts.people * campaign.holdout_percent / 100)
    treated = counts.people - held_out
    offer = find_scheme_in_force(campaign.scheme_id, on=on)
    some = list_population(rule, **asked, after_id=0, limit=TRIAL_MAX * 2)
    chosen = [
        worker_id
        for worker_id, code in some
        if arm_of(campaign.code, code, holdout_percent=campaign.holdout_percent) is Arm.TREATED
    ][:TRIAL_MAX]
    would_get, refusals = _try(chosen, offer, on) if offer else (0, [])
    return CampaignPreview(
        counts=counts,
        treated=treated,
        held_out=held_out,
        least=_cost(offer, least_cost_fen(offer.policy) * treated) if offer else None,
        most=_cost(offer, most_cost_fen(offer.policy) * treated) if offer else None,
        available=_available(offer, place, on) if offer else None,
        overlaps=list_overlaps(rule, **asked, besides_id=campaign.id),
        tried=len(chosen) if offer else 0,
        would_get=would_get,
        refusals=refusals,
    )


def most_cost_fen(policy: Policy) -> int:
    """What the dearest voucher of a scheme can cost."""
    if policy.kind is VoucherKind.FACE_VALUE:
        return policy.face_value_fen or 0
    return max(rate.amount_fen for rate in policy.rates)


def _try(
    worker_ids: list[int], offer: SchemeInForce, on: date
) -> tuple[int, list[tuple[str, int]]]:
    would_get = 0
    reasons: Counter[str] = Counter()
    for worker_id in worker_ids:
        claimant = get_claimant(worker_id)
        facts, _allotment = get_claim_facts(claimant, offer, way=VoucherOrigin.ISSUED, on=on)
        refusals = refusals_for_claim(facts)
        if refusals:
            reasons[refusals[0].code] += 1
        else:
            would_get += 1
    return would_get, reasons.most_common()


def _cost(offer: SchemeInForce, fen: int) -> Money:
    return Money(fen, offer.fund.currency)


def _available(offer: SchemeInForce, place: Jurisdiction, on: date) -> Money | None:
    allotment = find_allotment_for(offer.fund.id, jurisdiction_path=place.path, fiscal_year=on.year)
    return _cost(offer, get_available_fen(allotment)) if allotment else None
