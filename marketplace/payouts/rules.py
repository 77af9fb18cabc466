"""May this be paid, sent, confirmed, returned? Pure; every reason, naming the institution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.foundation.errors import Refusal
from marketplace.payouts import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.payouts.states import PayoutBatchState, PayoutState


@dataclass(frozen=True, slots=True)
class PayableFacts:
    """One settlement an officer wants to pay."""

    settlement_code: str
    institution_name: str
    institution_held: bool
    """Suspended or barred."""
    is_approved: bool
    currency: str
    busy_payout_code: str | None
    """The payout that already carries it, unless that one came back or was sent back."""
    payout_account_id: int | None
    payable_from: date | None
    is_netted: bool = False
    """All of it is kept back for advances and clawbacks."""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A batch somebody wants to sign, reject or send."""

    code: str
    state: PayoutBatchState
    prepared_by: int
    signed_by: int | None


@dataclass(frozen=True, slots=True)
class DepartureFacts:
    """One payout about to leave: where it was to go, and where it would go today."""

    institution_name: str
    institution_held: bool
    payout_account_id: int
    verified_payout_account_id: int | None
    payable_from: date | None


def refusals_for_payout_batch(facts: Sequence[PayableFacts], *, today: date) -> tuple[Refusal, ...]:
    """Why these settlements cannot be paid together now."""
    if not facts:
        return (Refusal("nothing_to_pay"),)
    reasons = [reason for fact in facts for reason in _refusals_for_payable(fact, today)]
    if len({fact.currency for fact in facts}) > 1:
        reasons.append(Refusal("batch_mixes_currencies"))
    return tuple(reasons)


def _refusals_for_payable(fact: PayableFacts, today: date) -> list[Refusal]:
    words = {"settlement": fact.settlement_code, "institution": fact.institution_name}
    reasons = []
    if not fact.is_approved:
        reasons.append(Refusal("settlement_not_approved", words))
    if fact.is_netted:
        reasons.append(Refusal("settlement_netted", words))
    if fact.busy_payout_code:
        reasons.append(Refusal("already_in_payout", words | {"payout": fact.busy_payout_code}))
    if fact.institution_held:
        reasons.append(Refusal("institution_payment_held", words))
    if fact.payout_account_id is None:
        reasons.append(Refusal("no_verified_payout_account", words))
    elif fact.payable_from is None or fact.payable_from > today:
        reasons.append(_held(fact.institution_name, fact.payable_from))
    return reasons


def _held(institution_name: str, payable_from: date | None) -> Refusal:
    return Refusal(
        "payout_account_held", {"institution": institution_name, "day": payable_from or "–"}
    )


def refusals_for_batch_approval(
    facts: BatchFacts, *, named_payee: bool = False
) -> tuple[Refusal, ...]:
    """Why this officer cannot sign this batch as the second one; `named_payee`: they noted the
    bank account of somebody it pays."""
    reasons = []
    if named_payee:
        reasons.append(Refusal("batch_pays_own_entry", {"batch": facts.code}))
    if facts.state != PayoutBatchState.PREPARED:
        reasons.append(Refusal("batch_already_decided", {"batch": facts.code}))
    if facts.signed_by is None or facts.signed_by == facts.prepared_by:
        reasons.append(Refusal("same_person"))
    return tuple(reasons)


def refusals_for_batch_rejection(facts: BatchFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot send this batch back. What left for the bank stays sent."""
    reasons = []
    if facts.state == PayoutBatchState.SENT:
        reasons.append(Refusal("batch_already_sent", {"batch": facts.code}))
    if facts.state == PayoutBatchState.REJECTED:
        reasons.append(Refusal("batch_already_decided", {"batch": facts.code}))
    if facts.signed_by is None or facts.signed_by == facts.prepared_by:
        reasons.append(Refusal("same_person"))
    return tuple(reasons)


def refusals_for_sending(
    facts: BatchFacts,
    departures: Sequence[DepartureFacts],
    *,
    has_payer: bool,
    today: date,
) -> tuple[Refusal, ...]:
    """Why this batch cannot leave: unsigned, no payer, or a payee account that moved since."""
    reasons = []
    if facts.state != PayoutBatchState.APPROVED:
        reasons.append(Refusal("batch_not_approved", {"batch": facts.code}))
    if not has_payer:
        reasons.append(Refusal("payer_unknown"))
    for departure in departures:
        words = {"institution": departure.institution_name}
        if departure.institution_held:
            reasons.append(Refusal("institution_payment_held", words))
        if departure.verified_payout_account_id != departure.payout_account_id:
            reasons.append(Refusal("payout_account_changed", words))
        elif departure.payable_from is None or departure.payable_from > today:
            reasons.append(_held(departure.institution_name, departure.payable_from))
    return tuple(reasons)


def refusals_for_answer(
    payout_code: str,
    *,
    state: PayoutState,
    allowed: frozenset[PayoutState],
    is_present_attempt: bool,
    reference: str,
) -> tuple[Refusal, ...]:
    """Why the bank's answer does not fit this payout."""
    reasons = []
    if not is_present_attempt:
        words = {"payout": payout_code, "reference": reference}
        reasons.append(Refusal("other_attempt", words))
    if state not in allowed:
        reasons.append(Refusal("payout_not_sent", {"payout": payout_code}))
    return tuple(reasons)
