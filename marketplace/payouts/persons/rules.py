"""Which benefits can be paid together now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marketplace.benefits.states import BenefitState
from marketplace.foundation.errors import Refusal
from marketplace.payouts import errors as _errors  # noqa: F401  (registers the refusals)


class Stage(StrEnum):
    """Where a benefit stands between decision and bank, as people ask about it."""

    READY = "ready"
    NO_ACCOUNT = "no_account"
    HELD = "held"
    """The account replaced another one a few days ago."""
    CAME_BACK = "came_back"
    """The bank sent it back from the account that is still the one in force."""
    IN_BATCH = "in_batch"
    SENT = "sent"
    PAID = "paid"
    NETTED = "netted"
    """All of it was kept back for what the person has to give back."""
    UNFUNDED = "unfunded"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PayableBenefitFacts:
    """A benefit an officer wants to pay."""

    benefit_code: str
    state: BenefitState
    currency: str
    busy_payout_code: str | None
    """The payout that already carries it, unless that one came back or was sent back."""
    bank_account_id: int | None
    payable_from: date | None
    to_pay_fen: int
    """What is left of it after what was kept back."""


def refusals_for_benefit_batch(
    facts: Sequence[PayableBenefitFacts], *, today: date
) -> tuple[Refusal, ...]:
    """Why these benefits cannot be paid together now; people are named by the benefit's code."""
    if not facts:
        return (Refusal("no_benefit_to_pay"),)
    reasons = [reason for fact in facts for reason in _refusals_for_one(fact, today)]
    if len({fact.currency for fact in facts}) > 1:
        reasons.append(Refusal("batch_mixes_currencies"))
    return tuple(reasons)


def _refusals_for_one(fact: PayableBenefitFacts, today: date) -> list[Refusal]:
    words = {"benefit": fact.benefit_code}
    reasons = []
    if fact.state is not BenefitState.DUE:
        reasons.append(Refusal("benefit_not_due", words))
    elif fact.to_pay_fen == 0:
        reasons.append(Refusal("benefit_netted", words))
    if fact.busy_payout_code:
        payout = words | {"payout": fact.busy_payout_code}
        reasons.append(Refusal("benefit_already_in_payout", payout))
    if fact.bank_account_id is None or fact.payable_from is None:
        reasons.append(Refusal("benefit_without_account", words))
    elif fact.payable_from > today:
        held = words | {"day": fact.payable_from}
        reasons.append(Refusal("benefit_account_held", held))
    return reasons
