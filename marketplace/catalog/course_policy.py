"""The settings of course review and class filing, with their stated defaults. Pure.

A deployment sets them by a dated row (`catalog_policy`); what no row sets has the default named
here. Every default is ours unless its source says otherwise, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.foundation.office_settings import OfficeSetting, known_values, values_in


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


POLICY_FIELDS: dict[str, OfficeSetting] = {
    "filing_days_min": OfficeSetting(
        N_("Days between filing and first day"),
        N_(
            "A class filed later needs an officer's consent. Our assumption is 5 days; Henan's "
            "procedure for digital talents asks for 15."
        ),
        0,
        90,
    ),
    "price_above_median_percent": OfficeSetting(
        N_("Warn when the fee per hour is above the median by more than (percent)"),
        N_("Compared with courses of other institutions. Our assumption: 50."),
        1,
        1_000,
    ),
    "comparables_min": OfficeSetting(
        N_("Comparable courses needed before the median is used"),
        N_("A median of very few courses says nothing. Our assumption: 3."),
        1,
        100,
    ),
    "price_rise_percent": OfficeSetting(
        N_("Warn when the fee rose since the listed version by more than (percent)"),
        N_("Our assumption: 20."),
        1,
        1_000,
    ),
    "title_likeness_percent": OfficeSetting(
        N_("Titles of one institution are near-identical from (percent)"),
        N_("Our assumption: 90."),
        50,
        100,
    ),
    "description_likeness_percent": OfficeSetting(
        N_("A description is taken to be copied from so many percent equal passages"),
        N_("Passages of five characters or words. Our assumption: 60."),
        20,
        100,
    ),
}


def policy_from_values(values: Mapping[str, Any], *, clause: str | None) -> CatalogPolicy:
    """The stored settings; a setting that is younger than the row has its default."""
    return CatalogPolicy(**known_values(values, POLICY_FIELDS), clause=clause)


def values_of(policy: CatalogPolicy) -> dict[str, int]:
    """The settings as stored."""
    return values_in(policy, POLICY_FIELDS)
