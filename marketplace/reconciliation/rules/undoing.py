"""May a bank line be untied from the payout it was tied to? Pure: facts to every reason against it.

Undoing is for a line that was tied to the wrong payout: the same amount to the same payee, or a
statement taken in wrongly. It takes back what the match did and nothing else: where something was
built on the payment meanwhile, that is undone first, where it was done. A closed month stays as it
was proved (会计基础工作规范: what was booked is corrected by what follows, never taken away).
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.errors import Refusal
from marketplace.foundation.signing import refusals_for_signature
from marketplace.reconciliation.states import StatementLineState, UndoingState

REASON_MIN = 2


@dataclass(frozen=True, slots=True)
class MatchUse:
    """A line, what it is tied to, and what was built on it since."""

    line_state: StatementLineState
    explained_break: str | None = None
    """The difference by which two officers explained the line."""
    returned: tuple[str, ...] = ()
    """Payouts that the line brought back, instead of confirming them."""
    moved_on: tuple[str, ...] = ()
    """Payouts that stand otherwise than the match left them."""
    differences: tuple[str, ...] = ()
    """Differences settled, or proposed to be settled, by naming one of the payouts."""
    clawbacks: tuple[str, ...] = ()
    """Clawbacks from a person of what one of the payouts paid."""
    closed_months: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """A proposal that somebody is about to sign or to send back."""

    state: UndoingState
    proposed_by: int
    actor_id: int


def refusals_for_match(use: MatchUse) -> tuple[Refusal, ...]:
    """Every reason that lies in the match itself: shown before anybody proposes anything."""
    if use.line_state is StatementLineState.EXPLAINED:
        return (Refusal("match_explained", {"difference": use.explained_break or "–"}),)
    if use.line_state is not StatementLineState.MATCHED:
        return (Refusal("match_not_there"),)
    reasons = []
    for code, named, field in (
        ("match_brought_back", use.returned, "payouts"),
        ("match_moved_on", use.moved_on, "payouts"),
        ("match_built_upon", use.differences, "differences"),
        ("match_clawed_back", use.clawbacks, "clawbacks"),
        ("match_month_closed", use.closed_months, "periods"),
    ):
        if named:
            reasons.append(Refusal(code, {field: ", ".join(named)}))
    return tuple(reasons)


def refusals_for_undoing(use: MatchUse, *, waits: bool, reason: str) -> tuple[Refusal, ...]:
    """Every reason against the first signature."""
    reasons = list(refusals_for_match(use))
    if waits:
        reasons.append(Refusal("undoing_waits"))
    if len(reason) < REASON_MIN:
        reasons.append(Refusal("reason_required", field="reason"))
    return tuple(reasons)


def refusals_for_deciding_undoing(signature: Signature) -> tuple[Refusal, ...]:
    """Every reason against a second signature or a return that lies in the two people."""
    return refusals_for_signature(
        waits=signature.state is UndoingState.PROPOSED,
        maker_id=signature.proposed_by,
        actor_id=signature.actor_id,
        decided=Refusal("undoing_decided"),
    )


def refusals_for_signing_undoing(use: MatchUse, signature: Signature) -> tuple[Refusal, ...]:
    """Every reason against the second signature: the payment may have moved on meanwhile."""
    return (*refusals_for_deciding_undoing(signature), *refusals_for_match(use))
