"""May a statement that was taken in wrongly be set aside? Pure: facts to every reason against it.

Setting aside is for a wrong account, a wrong file, a file for trying. What the bank's lines have
already done to the books is not undone by it: that is undone first, where it was done. A closed
month was proved with the statement and stays as it was proved (会计基础工作规范: what was booked is
corrected by what follows, never taken away).
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.errors import Refusal
from marketplace.reconciliation.rules.correcting import (
    Signature,
    refusals_for_correcting,
    refusals_for_deciding,
)


@dataclass(frozen=True, slots=True)
class StatementUse:
    """What a statement is already used for; lines that another statement brings as well are not
    counted, since they stay with that one."""

    is_set_aside: bool
    matched: int
    """Lines tied to payouts, such as:"""
    matched_line: str | None
    explained: int
    """Lines that two officers explained, such as the difference:"""
    explained_break: str | None
    closed_months: tuple[str, ...]


def refusals_for_use(use: StatementUse) -> tuple[Refusal, ...]:
    """Every reason that lies in the statement itself: shown before anybody proposes anything."""
    if use.is_set_aside:
        return (Refusal("statement_already_aside"),)
    reasons = []
    if use.matched:
        params = {"count": use.matched, "line": use.matched_line}
        reasons.append(Refusal("statement_lines_matched", params))
    if use.explained:
        params = {"count": use.explained, "difference": use.explained_break}
        reasons.append(Refusal("statement_lines_explained", params))
    if use.closed_months:
        params = {"periods": ", ".join(use.closed_months)}
        reasons.append(Refusal("statement_month_closed", params))
    return tuple(reasons)


def refusals_for_setting_aside(
    use: StatementUse, *, waits: bool, reason: str
) -> tuple[Refusal, ...]:
    """Every reason against the first signature."""
    waiting = Refusal("setting_aside_waits") if waits else None
    return refusals_for_correcting(refusals_for_use(use), waits=waiting, reason=reason)


def refusals_for_deciding_aside(signature: Signature) -> tuple[Refusal, ...]:
    """Every reason against a second signature or a return that lies in the two people."""
    return refusals_for_deciding(signature, decided=Refusal("setting_aside_decided"))


def refusals_for_signing_aside(use: StatementUse, signature: Signature) -> tuple[Refusal, ...]:
    """Every reason against the second signature: lines may have been matched meanwhile."""
    return (*refusals_for_deciding_aside(signature), *refusals_for_use(use))
