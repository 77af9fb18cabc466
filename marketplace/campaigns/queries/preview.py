"""What a campaign would do, before anybody signs it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.campaigns.models import Campaign
from marketplace.campaigns.queries.population import (
    Overlap,
    PopulationCounts,
    count_population,
    list_overlaps,
    select_population,
)
from marketplace.campaigns.rules import population_from
from marketplace.foundation.money import Money
from marketplace.funds.queries import find_allotment_for
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.vouchers.queries.facts import get_available_fen
from marketplace.vouchers.queries.forecasts import forecast_issue
from marketplace.vouchers.queries.schemes import SchemeInForce, find_scheme_in_force
from marketplace.vouchers.rules.claims import least_cost_fen
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import VoucherKind


@dataclass(frozen=True, slots=True)
class CampaignPreview:
    """Size, cost, overlap, and what the scheme's rules say of everybody."""

    is_campaign: bool
    """Else a batch: nobody is written to and nobody held out."""
    counts: PopulationCounts
    treated: int
    """About so many are invited; the draw decides person by person."""
    held_out: int
    least: Money | None
    most: Money | None
    """What the vouchers of all invited people can cost; empty: the scheme is not in force."""
    available: Money | None
    overlaps: list[Overlap]
    eligible: int
    """Of all people meant, those who would get a voucher while the money lasts."""
    refusals: list[tuple[str, int]]
    """First reasons against the others, the most frequent first."""


def get_preview(campaign: Campaign, place: Jurisdiction, *, on: date) -> CampaignPreview:
    """Everything an officer weighs; changes nothing."""
    rule = population_from(campaign.population)
    asked: Any = {"place_path": place.path, "scheme_id": campaign.scheme_id, "on": on}
    meant: Any = {**asked, "invites": campaign.invites}
    counts = count_population(rule, **meant)
    held_out = round(counts.people * campaign.holdout_percent / 100)
    treated = counts.people - held_out
    offer = find_scheme_in_force(campaign.scheme_id, on=on)
    found = forecast_issue(offer, select_population(rule, **meant), on=on) if offer else None
    return CampaignPreview(
        is_campaign=campaign.invites,
        counts=counts,
        treated=treated,
        held_out=held_out,
        least=_cost(offer, least_cost_fen(offer.policy) * treated) if offer else None,
        most=_cost(offer, most_cost_fen(offer.policy) * treated) if offer else None,
        available=_available(offer, place, on) if offer else None,
        overlaps=list_overlaps(rule, **asked, besides_id=campaign.id),
        eligible=found.issued if found else 0,
        refusals=found.refusals.most_common() if found else [],
    )


def most_cost_fen(policy: Policy) -> int:
    """What the dearest voucher of a scheme can cost."""
    if policy.kind is not VoucherKind.ENTITLEMENT:
        return policy.face_value_fen or 0
    return max(rate.amount_fen for rate in policy.rates)


def _cost(offer: SchemeInForce, fen: int) -> Money:
    return Money(fen, offer.fund.currency)


def _available(offer: SchemeInForce, place: Jurisdiction, on: date) -> Money | None:
    allotment = find_allotment_for(offer.fund.id, jurisdiction_path=place.path, fiscal_year=on.year)
    return _cost(offer, get_available_fen(allotment)) if allotment else None
