"""Whether a receipt may be handed in, and who may decide about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.benefits.proofs import errors as _errors  # noqa: F401  (the refusals)
from marketplace.benefits.proofs.states import FeeProofState
from marketplace.foundation.errors import Refusal

RECEIPT_MIN = 4


@dataclass(frozen=True, slots=True)
class FeeProofFacts:
    """A receipt somebody hands in."""

    is_promised: bool
    """The quote of the training promises to give back what was paid."""
    is_decided: bool
    has_proof: bool
    """One that was not rejected."""
    amount_fen: int
    paid_on: date
    enrolled_on: date
    receipt_number: str
    is_used_elsewhere: bool
    has_document: bool


def refusals_for_fee_proof(facts: FeeProofFacts, *, today: date) -> tuple[Refusal, ...]:
    """Every reason why this receipt cannot be handed in."""
    if not facts.is_promised:
        return (Refusal("fee_not_promised"),)
    reasons = []
    if facts.is_decided:
        reasons.append(Refusal("fee_decided"))
    elif facts.has_proof:
        reasons.append(Refusal("fee_proof_exists"))
    return (*reasons, *_refusals_for_receipt(facts, today))


def _refusals_for_receipt(facts: FeeProofFacts, today: date) -> list[Refusal]:
    reasons = []
    if facts.amount_fen <= 0:
        reasons.append(Refusal("amount_not_positive", field="amount"))
    if not facts.enrolled_on <= facts.paid_on <= today:
        reasons.append(Refusal("fee_paid_day_wrong", {"day": facts.enrolled_on}, field="paid_on"))
    if len(facts.receipt_number) < RECEIPT_MIN:
        params = {"count": RECEIPT_MIN}
        reasons.append(Refusal("fee_receipt_number_required", params, field="receipt"))
    elif facts.is_used_elsewhere:
        reasons.append(Refusal("fee_receipt_used", field="receipt"))
    if not facts.has_document:
        reasons.append(Refusal("fee_proof_document_required", field="document"))
    return reasons


def refusals_for_checking(
    *, code: str, state: FeeProofState, is_own: bool, reason: str | None
) -> tuple[Refusal, ...]:
    """Why this officer cannot decide; `reason` is None when the receipt is accepted."""
    reasons = []
    if state is not FeeProofState.HANDED_IN:
        reasons.append(Refusal("fee_proof_decided", {"proof": code}))
    if is_own:
        reasons.append(Refusal("fee_proof_own"))
    if reason is not None and len(reason) < 2:
        reasons.append(Refusal("fee_proof_reason_required", field="reason"))
    return tuple(reasons)
