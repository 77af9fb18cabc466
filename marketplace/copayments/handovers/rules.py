"""May what was collected be handed over, and who signs it? Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.copayments import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.copayments.states import HandoverState
from marketplace.foundation.errors import Refusal

REFERENCE_MAX = 35
"""Of an end-to-end reference at a bank (ISO 20022, Max35Text)."""


@dataclass(frozen=True, slots=True)
class PreparingFacts:
    """An institution that is to get what it earned."""

    institution_name: str
    earned_fen: int
    is_held: bool
    """Suspended or barred: nothing is paid to it."""
    payout_account_id: int | None
    payable_from: date | None


@dataclass(frozen=True, slots=True)
class SigningFacts:
    """A handover before the checker."""

    code: str
    state: HandoverState
    prepared_by: int
    actor_id: int
    promised: Mapping[str, int]
    """What it holds of each payment, in fen."""
    kept: Mapping[str, int]
    """What of each is in keeping and not owed back now."""
    is_same_payee: bool
    """The payee account it names is still the institution's verified one."""


def refusals_for_preparing(facts: PreparingFacts, *, today: date) -> tuple[Refusal, ...]:
    """Every reason why nothing can be handed over to this institution now."""
    words = {"institution": facts.institution_name}
    reasons = []
    if facts.earned_fen == 0:
        reasons.append(Refusal("copayment_nothing_earned"))
    if facts.is_held:
        reasons.append(Refusal("handover_institution_held", words))
    if facts.payout_account_id is None:
        reasons.append(Refusal("handover_no_account", words))
    elif facts.payable_from is None or facts.payable_from > today:
        day = facts.payable_from or "–"
        reasons.append(Refusal("handover_account_held", words | {"day": day}))
    return tuple(reasons)


def refusals_for_signing(facts: SigningFacts) -> tuple[Refusal, ...]:
    """Every reason why this officer cannot approve it."""
    reasons = []
    if facts.state is not HandoverState.PREPARED:
        reasons.append(Refusal("handover_decided", {"handover": facts.code}))
    if facts.actor_id == facts.prepared_by:
        reasons.append(Refusal("same_person"))
    if not facts.is_same_payee:
        reasons.append(Refusal("handover_account_changed"))
    if dict(facts.promised) != dict(facts.kept):
        reasons.append(Refusal("handover_changed", {"handover": facts.code}))
    return tuple(reasons)


def refusals_for_rejecting(facts: SigningFacts, *, reason: str) -> tuple[Refusal, ...]:
    """Every reason why this officer cannot send it back. What was paid stays paid."""
    reasons = []
    if facts.state not in (HandoverState.PREPARED, HandoverState.APPROVED):
        reasons.append(Refusal("handover_decided", {"handover": facts.code}))
    if facts.actor_id == facts.prepared_by:
        reasons.append(Refusal("same_person"))
    if not reason:
        reasons.append(Refusal("reason_required", field="reason"))
    return tuple(reasons)


def refusals_for_paying(
    facts: SigningFacts, *, reference: str, other: str | None
) -> tuple[Refusal, ...]:
    """Every reason why it cannot be booked as paid; `other` has this reference already."""
    reasons = []
    if facts.state is not HandoverState.APPROVED:
        reasons.append(Refusal("handover_not_approved", {"handover": facts.code}))
    if not reference:
        reasons.append(Refusal("copayment_reference_needed", field="reference"))
    if other:
        words = {"reference": reference, "handover": other}
        reasons.append(Refusal("handover_reference_used", words, field="reference"))
    if dict(facts.promised) != dict(facts.kept):
        reasons.append(Refusal("handover_changed", {"handover": facts.code}))
    return tuple(reasons)
