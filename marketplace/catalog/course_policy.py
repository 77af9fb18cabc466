"""The settings of course review and class filing, with their stated defaults. Pure.

A deployment sets them by a dated row (`catalog_policy`); what no row sets has the default named
here. Every default is ours unless its source says otherwise, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.foundation.errors import N_, Refusal

CLAUSE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class CatalogPolicy:
    """What the officers of a deployment have settled for reviewing courses and filing classes."""

    filing_days_min: int = 5
    price_above_median_percent: int = 50
    comparables_min: int = 3
    price_rise_percent: int = 20
    title_likeness_percent: int = 90
    description_likeness_percent: int = 60
    clause: str | None = None
    """By which text the office set them; empty: only the defaults."""


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One setting as the page explains it; whole numbers from `least` to `most`."""

    label: str
    help: str
    least: int
    most: int


POLICY_FIELDS: dict[str, PolicyField] = {
    "filing_days_min": PolicyField(
        N_("Days between filing and first day"),
        N_(
            "A class filed later needs an officer's consent. Our assumption is 5 days; Henan's "
            "procedure for digital talents asks for 15."
        ),
        0,
        90,
    ),
    "price_above_median_percent": PolicyField(
        N_("Warn when the fee per hour is above the median by more than (percent)"),
        N_("Compared with courses of other institutions. Our assumption: 50."),
        1,
        1_000,
    ),
    "comparables_min": PolicyField(
        N_("Comparable courses needed before the median is used"),
        N_("A median of very few courses says nothing. Our assumption: 3."),
        1,
        100,
    ),
    "price_rise_percent": PolicyField(
        N_("Warn when the fee rose since the listed version by more than (percent)"),
        N_("Our assumption: 20."),
        1,
        1_000,
    ),
    "title_likeness_percent": PolicyField(
        N_("Titles of one institution are near-identical from (percent)"),
        N_("Our assumption: 90."),
        50,
        100,
    ),
    "description_likeness_percent": PolicyField(
        N_("A description is taken to be copied from so many percent equal passages"),
        N_("Passages of five characters or words. Our assumption: 60."),
        20,
        100,
    ),
}


def policy_from_values(values: Mapping[str, Any], *, clause: str | None) -> CatalogPolicy:
    """The stored settings; a setting that is younger than the row has its default."""
    known = {name: int(values[name]) for name in POLICY_FIELDS if name in values}
    return CatalogPolicy(**known, clause=clause)


def values_of(policy: CatalogPolicy) -> dict[str, int]:
    """The settings as stored."""
    return {name: getattr(policy, name) for name in POLICY_FIELDS}


def refusals_for_policy(values: Mapping[str, int], clause: str) -> tuple[Refusal, ...]:
    """Each setting within its range, and the text by which the office set them."""
    refusals = [
        Refusal(
            "policy_out_of_range",
            {"label": field.label, "least": field.least, "most": field.most},
            field=name,
        )
        for name, field in POLICY_FIELDS.items()
        if not field.least <= values.get(name, field.least - 1) <= field.most
    ]
    if not clause:
        refusals.append(Refusal("policy_clause_missing", field="clause"))
    elif len(clause) > CLAUSE_LENGTH_MAX:
        limit = {"label": N_("Decision or clause"), "limit": CLAUSE_LENGTH_MAX}
        refusals.append(Refusal("too_long", limit, field="clause"))
    return tuple(refusals)
