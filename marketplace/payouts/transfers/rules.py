"""May Stripe carry it, and what does a transfer seen there mean for our payout? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.foundation.errors import Refusal
from marketplace.payouts import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.payouts.rails.protocol import RailPayee
from marketplace.payouts.states import PayoutState

TRIES_MAX = 200
"""After so many tries a payout waits for an officer: no retry goes on for ever."""
OTHER_DECIMALS = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF BHD JOD KWD OMR TND".split()
)
"""Currencies that Stripe does not count in hundredths, as our books do (docs.stripe.com,
"Supported currencies": zero-decimal and three-decimal)."""


class TransferStep(StrEnum):
    """What to do about a transfer seen at Stripe."""

    CONFIRM = "confirm"
    RETURN = "return"
    NOTHING = "nothing"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class SeenFacts:
    """A transfer as Stripe shows it now, beside the payout that carries its reference."""

    amount_fen: int
    reversed_fen: int
    currency: str
    destination: str
    transfer_id: str
    our_amount_fen: int
    our_currency: str
    our_destination: str
    our_transfer_id: str | None
    payout_state: PayoutState
    is_present_attempt: bool
    outcome: str | None


@dataclass(frozen=True, slots=True)
class TransferVerdict:
    """The step, and every reason when it is to suspend."""

    step: TransferStep
    problems: tuple[str, ...] = ()


def refusals_for_connected_payees(
    payees: Sequence[RailPayee], *, is_configured: bool
) -> tuple[Refusal, ...]:
    """Why Stripe cannot carry money to these payees."""
    reasons = [] if is_configured else [Refusal("stripe_not_configured")]
    reasons += [
        Refusal("stripe_other_decimals", {"currency": currency})
        for currency in sorted({payee.currency for payee in payees} & OTHER_DECIMALS)
    ]
    reasons += [
        Refusal("no_connected_account", {"institution": payee.institution_name})
        for payee in payees
        if not payee.connected_account
    ]
    return tuple(reasons)


def verdict_for_transfer(facts: SeenFacts) -> TransferVerdict:
    """What the transfer means. Only what equals our record moves anything, and only forwards:
    from nothing to confirmed to returned, so that the order of messages does not matter."""
    differences = _differences(facts)
    is_reversed = facts.reversed_fen == facts.amount_fen
    if facts.reversed_fen and not is_reversed:
        differences.append("partly_reversed")
    was_returned = (facts.outcome or "").startswith("returned")
    if not is_reversed and was_returned:
        differences.append("paid_after_return")
    is_sent = facts.is_present_attempt and facts.payout_state == PayoutState.SENT
    if facts.outcome is None and not is_sent:
        differences.append("payout_not_sent")
    if differences:
        return TransferVerdict(TransferStep.SUSPEND, tuple(differences))
    if is_reversed:
        return TransferVerdict(TransferStep.NOTHING if was_returned else TransferStep.RETURN)
    return TransferVerdict(TransferStep.NOTHING if facts.outcome else TransferStep.CONFIRM)


def _differences(facts: SeenFacts) -> list[str]:
    found = []
    if facts.our_transfer_id not in (None, facts.transfer_id):
        found.append("second_transfer")
    if facts.amount_fen != facts.our_amount_fen:
        found.append("amount_differs")
    if facts.currency != facts.our_currency:
        found.append("currency_differs")
    if facts.destination != facts.our_destination:
        found.append("payee_differs")
    return found
