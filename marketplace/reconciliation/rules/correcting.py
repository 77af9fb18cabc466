"""What every correction of the bank's statements asks of its two officers. Pure.

A correction (a statement set aside, a match undone) is proposed by one officer with a reason and
signed or sent back by another. What lies in the matter itself is asked by the rules of each.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.errors import Refusal
from marketplace.foundation.signing import refusals_for_signature

REASON_MIN = 2


@dataclass(frozen=True, slots=True)
class Signature:
    """A proposal that somebody is about to sign or to send back."""

    waits: bool
    proposed_by: int
    actor_id: int


def refusals_for_correcting(
    against: tuple[Refusal, ...], *, waits: Refusal | None, reason: str
) -> tuple[Refusal, ...]:
    """Every reason against the first signature: what lies in the matter (`against`), a proposal
    that waits already, a reason too short to tell anything (`reason_required`)."""
    reasons = [*against]
    if waits:
        reasons.append(waits)
    if len(reason) < REASON_MIN:
        reasons.append(Refusal("reason_required", field="reason"))
    return tuple(reasons)


def refusals_for_deciding(signature: Signature, *, decided: Refusal) -> tuple[Refusal, ...]:
    """Every reason against a second signature or a return that lies in the two people."""
    return refusals_for_signature(
        waits=signature.waits,
        maker_id=signature.proposed_by,
        actor_id=signature.actor_id,
        decided=decided,
    )
