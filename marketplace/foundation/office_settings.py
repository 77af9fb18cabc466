"""Settings an office sets by a dated row: whole numbers in bounds, by a decision or clause. Pure.

Rooms declare theirs (`catalog/course_policy.py`, `claims/rules/policy.py`) with stated defaults;
what is refused, and the words for it, is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.foundation.errors import N_, Refusal

CLAUSE_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class OfficeSetting:
    """One setting as the page explains it; whole numbers from `least` to `most`."""

    label: str
    help: str
    least: int
    most: int


OfficeSettings = Mapping[str, OfficeSetting]
"""Name of the setting, as it is stored -> what it is."""


def known_values(stored: Mapping[str, Any], settings: OfficeSettings) -> dict[str, int]:
    """What a row sets; a setting that is younger than the row is left to its default."""
    return {name: int(stored[name]) for name in settings if name in stored}


def values_in(policy: object, settings: OfficeSettings) -> dict[str, int]:
    """The settings of a policy as they are stored."""
    return {name: getattr(policy, name) for name in settings}


def refusals_for_settings(
    values: Mapping[str, int], clause: str, settings: OfficeSettings
) -> tuple[Refusal, ...]:
    """Each setting within its range, and the text by which the office set them."""
    refusals = [
        Refusal(
            "setting_out_of_range",
            {"label": setting.label, "least": setting.least, "most": setting.most},
            field=name,
        )
        for name, setting in settings.items()
        if not setting.least <= values.get(name, setting.least - 1) <= setting.most
    ]
    if not clause:
        refusals.append(Refusal("setting_clause_missing", field="clause"))
    elif len(clause) > CLAUSE_LENGTH_MAX:
        limit = {"label": N_("Decision or clause"), "limit": CLAUSE_LENGTH_MAX}
        refusals.append(Refusal("too_long", limit, field="clause"))
    return tuple(refusals)
