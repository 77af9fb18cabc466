"""Advances and clawbacks: how much may be advanced, what is netted when, who paid what. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.settlement import errors as _errors  # noqa: F401  (registers the refusals)


@dataclass(frozen=True, slots=True)
class AdvanceFacts:
    """What is known when an officer prepares an advance; amounts in fen."""

    institution_name: str
    institution_held: bool
    """Suspended or barred."""
    run_is_over: bool
    has_advance: bool
    expected_fen: int
    """The vouchers of the class that are held or redeemed."""
    percent: int
    """The largest share by policy and grade."""
    rule: str
    wanted_fen: int
    currency: str


@dataclass(frozen=True, slots=True)
class Due:
    """One advance or clawback that an institution still owes; amounts in fen."""

    kind: str
    """`advance` or `clawback`."""
    id: int
    outstanding_fen: int
    course_run_id: int | None
    """Of an advance: the class it was paid for."""
    at_once: bool
    """The class is over, so that all of it is due; uncompleted places are recovered with it."""
    instalment_fen: int
    """Of a clawback: what its plan asks for by today, less what was netted."""


def advance_max_fen(expected_fen: int, *, percent: int) -> int:
    """The most that may be advanced: the share of the expected amount, rounded down to the fen."""
    return expected_fen * percent // 100


def advance_percent(policy_percent: int, *, grade_percent: int | None, unrated_percent: int) -> int:
    """The smaller of what policy and grade allow; without a grade, what is set for the unrated."""
    return min(policy_percent, unrated_percent if grade_percent is None else grade_percent)


@dataclass(frozen=True, slots=True)
class AdvanceShare:
    """Of vouchers under one version: what is expected, and the share due at the start."""

    expected_fen: int
    start_percent: int


def proposed_advance_fen(shares: Sequence[AdvanceShare], *, most_fen: int) -> int:
    """What is proposed in advance for a class: the shares due at its start, rounded down, at most
    what policy and grade allow."""
    wanted = sum(share.expected_fen * share.start_percent // 100 for share in shares)
    return min(wanted, most_fen)


def refusals_for_advance(facts: AdvanceFacts) -> tuple[Refusal, ...]:
    """Every reason why this much cannot be paid for this class in advance."""
    words = {"institution": facts.institution_name}
    reasons = []
    if facts.institution_held:
        reasons.append(Refusal("advance_institution_held", words))
    if facts.run_is_over:
        reasons.append(Refusal("advance_run_over"))
    if facts.has_advance:
        reasons.append(Refusal("advance_exists"))
    most = advance_max_fen(facts.expected_fen, percent=facts.percent)
    if facts.wanted_fen <= 0:
        reasons.append(Refusal("advance_not_positive", field="amount"))
    elif facts.wanted_fen > most:
        params = {"percent": facts.percent, "most": Money(most, facts.currency)}
        reasons.append(Refusal("advance_too_high", params, rule=facts.rule, field="amount"))
    return tuple(reasons)


def plan_netting(earned_by_run: Mapping[int, int], dues: Sequence[Due]) -> list[tuple[Due, int]]:
    """What a settlement keeps back: advances before clawbacks, older before younger.

    An advance of a class that still runs is recovered from that class's own redemptions only; of
    one that is over, from everything the institution earns. A clawback takes what its plan has
    come to by today. Nothing is kept back beyond what is earned.
    """
    left = sum(earned_by_run.values())
    plan = []
    for due in sorted(dues, key=lambda due: (due.kind, due.id)):
        amount = min(left, _due_fen(due, earned_by_run))
        if amount > 0:
            plan.append((due, amount))
            left -= amount
    return plan


def _due_fen(due: Due, earned_by_run: Mapping[int, int]) -> int:
    if due.kind == "clawback":
        return min(due.outstanding_fen, due.instalment_fen)
    if due.at_once:
        return due.outstanding_fen
    return min(due.outstanding_fen, earned_by_run.get(due.course_run_id or 0, 0))


@dataclass(frozen=True, slots=True)
class ClawbackFacts:
    """What is known when an officer prepares a clawback; amounts in fen."""

    settlement_code: str
    settlement_is_paid_or_due: bool
    """Approved, and of a month (an advance is recovered by netting)."""
    left_fen: int
    """The most that can still be taken: of the settlement, or of the redemption it names."""
    wanted_fen: int
    instalments: int
    reason: str
    currency: str


def refusals_for_clawback(facts: ClawbackFacts) -> tuple[Refusal, ...]:
    """Every reason why this much cannot be taken back from this settlement."""
    reasons = []
    if not facts.settlement_is_paid_or_due:
        reasons.append(Refusal("clawback_not_settled", {"settlement": facts.settlement_code}))
    if facts.wanted_fen <= 0:
        reasons.append(Refusal("advance_not_positive", field="amount"))
    elif facts.wanted_fen > facts.left_fen:
        most = Money(facts.left_fen, facts.currency)
        params = {"most": most, "settlement": facts.settlement_code}
        reasons.append(Refusal("clawback_too_high", params, field="amount"))
    if not 1 <= facts.instalments <= 36:
        reasons.append(Refusal("clawback_instalments", field="instalments"))
    if not facts.reason:
        reasons.append(Refusal("reason_required", field="reason"))
    return tuple(reasons)
