"""What a line of the Stripe balance is in our books, and who may explain one. Pure.

Types: docs.stripe.com, "Balance transaction types". A type we do not know is a difference, never
a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.errors import Refusal
from marketplace.payouts import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.payouts.states import MovementKind, MovementState

KINDS: dict[str, MovementKind] = {
    "charge": MovementKind.PAYMENT,
    "payment": MovementKind.PAYMENT,
    "refund": MovementKind.REFUND,
    "payment_refund": MovementKind.REFUND,
    "transfer": MovementKind.TRANSFER,
    "transfer_refund": MovementKind.TRANSFER_BACK,
    "transfer_cancel": MovementKind.TRANSFER_BACK,
    "transfer_failure": MovementKind.TRANSFER_BACK,
    "payout": MovementKind.BANK,
    "payout_cancel": MovementKind.BANK,
    "payout_failure": MovementKind.BANK,
    "topup": MovementKind.BANK,
    "topup_reversal": MovementKind.BANK,
    "stripe_fee": MovementKind.FEE,
    "stripe_fx_fee": MovementKind.FEE,
    "tax_fee": MovementKind.FEE,
}
OURS = frozenset(
    {
        MovementKind.PAYMENT,
        MovementKind.REFUND,
        MovementKind.TRANSFER,
        MovementKind.TRANSFER_BACK,
    }
)
"""What our books hold with a reference of their own."""
EXPLANATIONS = (MovementKind.FEE, MovementKind.BANK, MovementKind.OTHER)
"""What two officers may say a difference is."""
REASON_MIN = 2


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line as Stripe states it; amounts in fen, negative when money left the balance."""

    kind: str
    amount_fen: int
    currency: str


@dataclass(frozen=True, slots=True)
class OursFacts:
    """What our books hold for the line's source."""

    subject: str
    amount_fen: int
    """With the sign it has on the balance."""
    currency: str
    is_booked: bool
    is_taken: bool
    """Another line of the same kind is matched to it already."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the line is; a cause when it is a difference."""

    kind: MovementKind
    subject: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class ExplainingFacts:
    """A difference in the hands of an officer."""

    movement_id: str
    state: MovementState
    explained_by: int | None
    actor_id: int


def kind_of(kind: str) -> MovementKind:
    """What Stripe's type means to our books."""
    return KINDS.get(kind, MovementKind.OTHER)


def verdict_for(line: LineFacts, ours: OursFacts | None) -> Verdict:
    """Decide one line by Stripe's own number of its source, amount and currency."""
    kind = kind_of(line.kind)
    if kind is MovementKind.OTHER:
        return Verdict(kind, cause="unknown_kind")
    if kind not in OURS:
        return Verdict(kind)
    if ours is None:
        return Verdict(kind, cause=f"unknown_{kind.value}")
    if ours.currency != line.currency:
        return Verdict(kind, ours.subject, "other_currency")
    if ours.amount_fen != line.amount_fen:
        return Verdict(kind, ours.subject, "amount_differs")
    if ours.is_taken:
        return Verdict(kind, ours.subject, "already_matched")
    if not ours.is_booked:
        return Verdict(kind, ours.subject, "not_booked_here")
    return Verdict(kind, ours.subject)


def refusals_for_explaining(
    facts: ExplainingFacts, *, kind: MovementKind, reason: str
) -> tuple[Refusal, ...]:
    """Every reason against an officer's explanation."""
    reasons = []
    if facts.state is not MovementState.BREAK:
        reasons.append(Refusal("movement_not_open", {"movement": facts.movement_id}))
    if kind not in EXPLANATIONS:
        reasons.append(Refusal("movement_kind_needed", field="kind"))
    if len(reason) < REASON_MIN:
        reasons.append(Refusal("reason_required", field="reason"))
    return tuple(reasons)


def refusals_for_signing(facts: ExplainingFacts) -> tuple[Refusal, ...]:
    """Every reason why this officer cannot sign, or send back, an explanation."""
    reasons = []
    if facts.state is not MovementState.PROPOSED:
        reasons.append(Refusal("movement_not_proposed", {"movement": facts.movement_id}))
    if facts.explained_by == facts.actor_id:
        reasons.append(Refusal("same_person"))
    return tuple(reasons)
