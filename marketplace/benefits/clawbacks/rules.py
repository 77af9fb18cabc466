"""What may be taken back from a person, how it is kept back, who may sign what. Pure.

As with clawbacks from institutions (domain: Money): two signatures, every entry with its document
(会计基础工作规范). The person is told reason and rule and is heard before later benefits are kept
back for what they dispute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.benefits.clawbacks import errors as _errors  # noqa: F401  (the refusals)
from marketplace.benefits.clawbacks.states import (
    BenefitClawbackState,
    ClawbackDisputeState,
    RepaymentKind,
)
from marketplace.foundation.errors import Refusal
from marketplace.foundation.instalments import INSTALMENTS_MAX
from marketplace.foundation.money import Money

WORDS_MIN = 10
WORDS_MAX = 2_000
ANSWER_DAYS = 15
"""The office answers a dispute within so many days."""


@dataclass(frozen=True, slots=True)
class BenefitClawbackFacts:
    """A paid benefit of which an officer takes back something; amounts in fen."""

    benefit_code: str
    is_paid: bool
    """The bank confirmed it, or it was kept back whole."""
    left_fen: int
    """Of the benefit, less what other clawbacks take."""
    wanted_fen: int
    instalments: int
    reason: str
    clause: str
    currency: str


@dataclass(frozen=True, slots=True)
class RepaymentFacts:
    """What an officer notes as paid back, or wants to waive; amounts in fen."""

    clawback_code: str
    clawback_state: BenefitClawbackState
    kind: RepaymentKind
    left_fen: int
    """Still to be given back, less what waits for a second signature."""
    wanted_fen: int
    proof: str
    has_document: bool
    paid_on: date
    approved_on: date
    currency: str


@dataclass(frozen=True, slots=True)
class PersonDue:
    """One clawback as a later benefit sees it; amounts in fen."""

    clawback_id: int
    outstanding_fen: int
    by_plan_fen: int
    """What its instalments have come to by today, less what was recovered."""


def refusals_for_benefit_clawback(facts: BenefitClawbackFacts) -> tuple[Refusal, ...]:
    """Every reason why this much of this benefit cannot be taken back."""
    reasons = []
    if not facts.is_paid:
        reasons.append(Refusal("benefit_not_paid", {"benefit": facts.benefit_code}))
    reasons += _refusals_for_amount(
        facts.wanted_fen, facts.left_fen, facts.currency, too_high="benefit_clawback_too_high"
    )
    if not 1 <= facts.instalments <= INSTALMENTS_MAX:
        reasons.append(Refusal("benefit_clawback_instalments", field="instalments"))
    if len(facts.reason) < 2:
        reasons.append(Refusal("benefit_clawback_reason_required", field="reason"))
    if len(facts.clause) < 2:
        reasons.append(Refusal("benefit_clawback_clause_required", field="clause"))
    return tuple(reasons)


def refusals_for_repayment(facts: RepaymentFacts, *, today: date) -> tuple[Refusal, ...]:
    """Every reason why this cannot be noted as paid back, or waived."""
    reasons = []
    if facts.clawback_state is not BenefitClawbackState.APPROVED:
        words = {"clawback": facts.clawback_code}
        reasons.append(Refusal("benefit_clawback_not_in_force", words))
    reasons += _refusals_for_amount(
        facts.wanted_fen, facts.left_fen, facts.currency, too_high="repayment_too_high"
    )
    if facts.kind is RepaymentKind.WAIVER:
        if len(facts.proof) < 2:
            reasons.append(Refusal("benefit_clawback_reason_required", field="reason"))
        return tuple(reasons)
    if not facts.approved_on <= facts.paid_on <= today:
        reasons.append(Refusal("repayment_day_wrong", field="paid_on"))
    if len(facts.proof) < 2:
        reasons.append(Refusal("repayment_receipt_required", field="receipt"))
    if facts.kind is RepaymentKind.DEPOSIT and not facts.has_document:
        reasons.append(Refusal("repayment_proof_required", field="document"))
    return tuple(reasons)


def refusals_for_clawback_dispute(
    *, state: BenefitClawbackState, code: str, left_fen: int, is_open_already: bool, words: str
) -> tuple[Refusal, ...]:
    """Why the person cannot dispute it now."""
    reasons = []
    if state is not BenefitClawbackState.APPROVED:
        reasons.append(Refusal("benefit_clawback_not_in_force", {"clawback": code}))
    elif left_fen == 0:
        reasons.append(Refusal("clawback_settled"))
    if is_open_already:
        reasons.append(Refusal("clawback_dispute_open"))
    if len(words) < WORDS_MIN:
        reasons.append(Refusal("clawback_dispute_words", {"least": WORDS_MIN}, field="words"))
    return tuple(reasons)


def refusals_for_dispute_answer(
    *,
    state: ClawbackDisputeState,
    verdict: ClawbackDisputeState,
    answer: str,
    clause: str,
    signed_by_actor: bool,
) -> tuple[Refusal, ...]:
    """Why this officer cannot decide the dispute so."""
    reasons = []
    if state is not ClawbackDisputeState.OPEN:
        reasons.append(Refusal("clawback_dispute_decided"))
    if signed_by_actor:
        reasons.append(Refusal("clawback_dispute_own"))
    if len(answer) < 2:
        reasons.append(Refusal("clawback_dispute_answer", field="answer"))
    if verdict is ClawbackDisputeState.REJECTED and len(clause) < 2:
        reasons.append(Refusal("benefit_clawback_clause_required", field="clause"))
    return tuple(reasons)


def plan_benefit_netting(to_pay_fen: int, dues: Sequence[PersonDue]) -> list[tuple[int, int]]:
    """What of a benefit is kept back for which clawback, the oldest first: what the instalments
    have come to, never more than the benefit."""
    plan = []
    for due in sorted(dues, key=lambda one: one.clawback_id):
        amount = min(to_pay_fen, due.outstanding_fen, due.by_plan_fen)
        if amount > 0:
            plan.append((due.clawback_id, amount))
            to_pay_fen -= amount
    return plan


def _refusals_for_amount(
    wanted_fen: int, most_fen: int, currency: str, *, too_high: str
) -> list[Refusal]:
    if wanted_fen <= 0:
        return [Refusal("amount_not_positive", field="amount")]
    if wanted_fen > most_fen:
        return [Refusal(too_high, {"most": Money(most_fen, currency)}, field="amount")]
    return []
