"""Words for benefits: kinds, reasons of a decision, where the money is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.benefits.states import BenefitKind
from marketplace.foundation.errors import N_
from marketplace.foundation.money import Money
from marketplace.vouchers.labels import ALLOWANCE_LABELS

KIND_LABELS: dict[BenefitKind, str] = {kind: ALLOWANCE_LABELS[kind] for kind in BenefitKind}
STEP_LABELS: dict[str, str] = {
    "amount": N_("The amount of the policy."),
    "attended": N_(
        "For %(hours)s hours attended: %(percent)s %% of the %(planned)s hours of the class."
    ),
    "what_was_paid": N_("What was paid for it, %(paid)s by the receipt, at most %(most)s."),
    "share": N_("It is the most the policy allows: %(percent)s %% of %(of)s."),
    "no_hours": N_("Too few hours were attended for a whole hour or day."),
    "promised": N_("The quote promised up to %(promised)s."),
    "per_year_max": N_("Paid at most %(limit)s times a year, and that often it was paid."),
    "per_lifetime_max": N_("Paid at most %(limit)s times in all, and that often it was paid."),
}
"""Reasons of a decision; amounts among their params end with `_fen` in the row."""
CAUSE_GONE = N_("The redemption it followed from was taken back.")


def step_words(step: Mapping[str, Any], currency: str) -> tuple[str, dict[str, Any]]:
    """A stored reason as a sentence with its values; amounts become money."""
    params = {
        name.removesuffix("_fen"): Money(value, currency) if name.endswith("_fen") else value
        for name, value in step["params"].items()
    }
    return STEP_LABELS[step["code"]], params
