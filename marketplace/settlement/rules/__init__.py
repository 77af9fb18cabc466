"""Months settled, receivables netted: decided."""

from marketplace.settlement.rules.months import (
    SettlementFacts,
    SignatureFacts,
    last_ended_month,
    period_dates,
    refusals_for_approval,
    refusals_for_rejection,
    refusals_for_settlement,
)

__all__ = [
    "SettlementFacts",
    "SignatureFacts",
    "last_ended_month",
    "period_dates",
    "refusals_for_approval",
    "refusals_for_rejection",
    "refusals_for_settlement",
]
