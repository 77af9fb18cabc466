"""What entry settles a difference, and who may sign it. Pure.

A proposal is made anew each time it is shown (decision 0071 does the same for matches); it is kept
when an officer takes it, as it is or changed. Sources: 会计基础工作规范 (maker and checker, every
entry with its document), 财政部 bank reconciliation practice (银行存款余额调节表): what the bank
booked and we did not is booked from the bank's line, never netted away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.foundation.text import normal_form
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.rules.correcting import REASON_MIN
from marketplace.reconciliation.rules.stripe_lines import (
    HandoverFacts,
    StripeFound,
    says_stripe,
)
from marketplace.reconciliation.rules.suggestions import Reason
from marketplace.reconciliation.states import BreakState, ProposalKind, ProposalState

FEE_WORDS = re.compile(
    r"手续费|工本费|年费|管理费|服务费|汇款费|邮电费|账户维护"
    r"|\b(fees?|charges?|commission|spesen|entgelt|geb(ü|ue)hr(en)?)\b",
    re.IGNORECASE,
)
INTEREST_WORDS = re.compile(r"利息|结息|\b(interest|zinsen|habenzinsen)\b", re.IGNORECASE)

OUTGOING = frozenset(
    {
        ProposalKind.RECEIPT_PAID_BACK,
        ProposalKind.UNKNOWN_PAYMENT,
        ProposalKind.DUPLICATE_PAYMENT,
    }
)
INCOMING = frozenset(
    {
        ProposalKind.UNKNOWN_RECEIPT,
        ProposalKind.PAYMENT_RECOVERED,
        ProposalKind.OVERPAYMENT_REPAID,
        ProposalKind.PERSON_REPAID,
        ProposalKind.RETURNED_PAYMENT,
    }
)
"""Kinds that fit one direction only; fees, interest and clearing go either way."""
OF_A_PAYOUT = frozenset(
    {
        ProposalKind.DUPLICATE_PAYMENT,
        ProposalKind.OVERPAYMENT_REPAID,
        ProposalKind.RETURNED_PAYMENT,
    }
)
"""Kinds that name the payout they are about."""
TAKEN_BY_HAND = tuple(kind for kind in ProposalKind if kind != ProposalKind.REVERSAL)
_PAID_ALREADY = frozenset({"already_matched", "payout_already_returned"})
_WAITS = {
    "return_before_payment": "waits_for_payment_line",
    "payout_not_sent": "waits_for_sending",
    "amount_differs": "amount_asks_the_bank",
    "other_currency": "currency_asks_the_bank",
    "period_closed": "month_asks_an_officer",
    "match_undone": "undoing_asks_an_officer",
}
"""Causes that no entry settles by itself, and what to do instead."""


@dataclass(frozen=True, slots=True)
class BreakFacts:
    """A difference as the proposal sees it."""

    cause: str
    amount_fen: int
    """Negative: money left."""
    words: str
    """What the bank writes: remittance and counterparty."""
    named_payout: str | None = None
    """The payout whose reference the line carries."""
    returned_payout: str | None = None
    """The only payout that surely came back with this line."""
    named_clawback: str | None = None
    """The clawback from a person whose code the bank's text carries."""
    stripe: StripeFound | None = None
    """The movement at Stripe that fits the line."""
    handover: HandoverFacts | None = None
    """The handover of co-payments that the line names."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the system proposes, and why; without a kind it says what to wait for."""

    kind: ProposalKind | None
    reason: Reason
    payout_code: str | None = None
    """Or the code of the clawback it is about."""
    movement_id: str | None = None
    """Of the Stripe balance: fits the line, whatever is proposed."""


@dataclass(frozen=True, slots=True)
class TakingFacts:
    """A maker's choice for a difference."""

    break_state: BreakState
    amount_fen: int
    currency: str
    kind: ProposalKind
    reason: str
    payout_currency: str | None
    """None: no such payout in the maker's places, or none was named."""
    is_in_place: bool
    """Whether the bank account belongs to a place that can owe in clearing."""
    waits: bool
    """Another proposal for it waits for its checker."""
    clawback_left_fen: int | None = None
    """What is left to give back of the clawback it names; None: it names none of these places."""
    has_movement: bool = False
    """Whether a movement at Stripe fits the line."""


@dataclass(frozen=True, slots=True)
class DecidingFacts:
    """A proposal before the checker."""

    state: ProposalState
    break_state: BreakState
    is_reversal: bool
    proposed_by: int
    actor_id: int


def proposal_for(facts: BreakFacts) -> Proposed:
    """The entry that fits a difference best, with its reason."""
    proposed = _proposal(facts)
    return replace(proposed, movement_id=facts.stripe.movement_id) if facts.stripe else proposed


def _proposal(facts: BreakFacts) -> Proposed:
    if facts.cause in _WAITS:
        return Proposed(None, Reason(_WAITS[facts.cause]))
    return _of_payouts(facts) or _of_copayments(facts) or _of_the_bank(facts)


def _of_payouts(facts: BreakFacts) -> Proposed | None:
    """A payout that came back, or was paid again."""
    if facts.amount_fen > 0 and facts.returned_payout:
        return Proposed(ProposalKind.RETURNED_PAYMENT, Reason("came_back"), facts.returned_payout)
    if facts.amount_fen < 0 and facts.cause in _PAID_ALREADY and facts.named_payout:
        return Proposed(ProposalKind.DUPLICATE_PAYMENT, Reason("paid_before"), facts.named_payout)
    if facts.amount_fen > 0 and facts.named_clawback:
        code = facts.named_clawback
        return Proposed(ProposalKind.PERSON_REPAID, Reason("names_clawback"), code)
    return None


def _of_copayments(facts: BreakFacts) -> Proposed | None:
    """Money that learners paid: named on its way from Stripe, or handed over to institutions."""
    if facts.stripe and facts.stripe.is_named:
        return Proposed(ProposalKind.STRIPE_BANK, facts.stripe.reason)
    if facts.handover is None:
        return None
    words = {"handover": facts.handover.code}
    if facts.handover.reference is None:
        return Proposed(None, Reason("handover_not_recorded", words))
    # `copayment.passed_on` was booked when the handover was recorded as paid.
    return Proposed(ProposalKind.NO_ENTRY, Reason("handover_paid", words))


def _of_the_bank(facts: BreakFacts) -> Proposed:
    """What the bank's words say it is, else what nobody claims."""
    words = normal_form(facts.words)
    if found := FEE_WORDS.search(words):
        return Proposed(ProposalKind.BANK_FEE, Reason("says_fee", {"word": found.group()}))
    if found := INTEREST_WORDS.search(words):
        return Proposed(ProposalKind.INTEREST, Reason("says_interest", {"word": found.group()}))
    if facts.stripe:
        return Proposed(ProposalKind.STRIPE_BANK, facts.stripe.reason)
    if says_stripe(words):
        return Proposed(None, Reason("waits_for_stripe"))
    if facts.amount_fen > 0:
        return Proposed(ProposalKind.UNKNOWN_RECEIPT, Reason("nobody_claims_receipt"))
    return Proposed(ProposalKind.UNKNOWN_PAYMENT, Reason("nobody_claims_payment"))


def kinds_for(amount_fen: int) -> tuple[ProposalKind, ...]:
    """What an officer may take a line of this direction for."""
    wrong = OUTGOING if amount_fen > 0 else INCOMING
    return tuple(kind for kind in TAKEN_BY_HAND if kind not in wrong)


def refusals_for_taking(facts: TakingFacts) -> tuple[Refusal, ...]:
    """Every reason against a maker's choice."""
    reasons = []
    if facts.break_state != BreakState.OPEN:
        reasons.append(Refusal("break_already_closed"))
    if facts.waits:
        reasons.append(Refusal("proposal_waits"))
    if facts.kind not in kinds_for(facts.amount_fen):
        reasons.append(Refusal("proposal_other_direction", field="kind"))
    reasons += _refusals_for_what_it_names(facts)
    if len(facts.reason) < REASON_MIN:
        reasons.append(Refusal("explanation_required", field="reason"))
    return tuple(reasons)


def _refusals_for_what_it_names(facts: TakingFacts) -> list[Refusal]:
    """What a kind needs beside the line: a payout, a clawback, a place, a movement at Stripe."""
    reasons = []
    if facts.kind in OF_A_PAYOUT and facts.payout_currency != facts.currency:
        reasons.append(Refusal("proposal_needs_payout", field="payout"))
    if facts.kind == ProposalKind.PERSON_REPAID:
        reasons += _refusals_for_repayment(facts)
    if facts.kind == ProposalKind.REGION_CLEARING and not facts.is_in_place:
        reasons.append(Refusal("proposal_needs_place", field="kind"))
    if facts.kind == ProposalKind.STRIPE_BANK and not facts.has_movement:
        reasons.append(Refusal("proposal_needs_stripe_line", field="kind"))
    return reasons


def _refusals_for_repayment(facts: TakingFacts) -> list[Refusal]:
    if facts.clawback_left_fen is None:
        return [Refusal("proposal_needs_clawback", field="payout")]
    if facts.amount_fen > facts.clawback_left_fen:
        most = Money(facts.clawback_left_fen, facts.currency)
        return [Refusal("repayment_too_high", {"most": most}, field="payout")]
    return []


def refusals_for_deciding(facts: DecidingFacts) -> tuple[Refusal, ...]:
    """Every reason against a checker's signature or return."""
    reasons = []
    if facts.state != ProposalState.PROPOSED:
        reasons.append(Refusal("proposal_already_decided"))
    wanted = BreakState.EXPLAINED if facts.is_reversal else BreakState.OPEN
    if facts.break_state != wanted:
        reasons.append(Refusal("break_already_closed"))
    if facts.proposed_by == facts.actor_id:
        reasons.append(Refusal("same_person"))
    return tuple(reasons)


def refusals_for_reversal(
    *, state: ProposalState, kind: ProposalKind, waits: bool, reason: str
) -> tuple[Refusal, ...]:
    """Every reason against proposing to undo what was posted."""
    reasons = []
    if state != ProposalState.POSTED or kind == ProposalKind.REVERSAL:
        reasons.append(Refusal("proposal_not_posted"))
    if kind == ProposalKind.RETURNED_PAYMENT:
        # The payout is owed again, perhaps sent again: only a new line of the bank can undo that.
        reasons.append(Refusal("return_not_reversible"))
    if waits:
        reasons.append(Refusal("proposal_waits"))
    if len(reason) < REASON_MIN:
        reasons.append(Refusal("explanation_required", field="reason"))
    return tuple(reasons)


def refusals_for_bulk(kinds: Sequence[ProposalKind], *, wanted: int) -> tuple[Refusal, ...]:
    """Several at once are of one kind, so that the signature says what it signs."""
    if not wanted:
        return (Refusal("nothing_chosen"),)
    if len(kinds) != wanted:
        return (Refusal("proposal_gone"),)
    return () if len(set(kinds)) == 1 else (Refusal("proposals_differ"),)
