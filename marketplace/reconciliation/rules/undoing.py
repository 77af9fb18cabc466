"""May a bank line be untied from the payout it was tied to? Pure: facts to every reason against it.

Undoing is for a line that was tied to the wrong payout: the same amount to the same payee, or a
statement taken in wrongly. It takes back what the match did and nothing else: where something was
built on the payment meanwhile, that is undone first, where it was done. A closed month stays as it
was proved (会计基础工作规范: what was booked is corrected by what follows, never taken away).
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.errors import Refusal
from marketplace.reconciliation.rules.correcting import (
    Signature,
    refusals_for_correcting,
    refusals_for_deciding,
)
from marketplace.reconciliation.states import StatementLineState


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
    waiting = Refusal("undoing_waits") if waits else None
    return refusals_for_correcting(refusals_for_match(use), waits=waiting, reason=reason)


def refusals_for_deciding_undoing(signature: Signature) -> tuple[Refusal, ...]:
    """Every reason against a second signature or a return that lies in the two people."""
    return refusals_for_deciding(signature, decided=Refusal("undoing_decided"))


def refusals_for_signing_undoing(use: MatchUse, signature: Signature) -> tuple[Refusal, ...]:
    """Every reason against the second signature: the payment may have moved on meanwhile."""
    return (*refusals_for_deciding_undoing(signature), *refusals_for_match(use))
