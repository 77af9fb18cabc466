"""Is a line of a claim good, and may the claim be submitted? Pure; every reason, with its clause.

The evidence was looked at when the voucher was redeemed; it is looked at again here, because a
dispute may have been upheld since and attendance recounted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from marketplace.claims import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.claims.rules.policy import ClaimPolicy
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.redemption.part_rules import Part, earned_of
from marketplace.redemption.rules import (
    CompletionEvidence,
    RedemptionTerms,
    part_of,
    refusals_for_evidence,
)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One redemption as the automatic check sees it."""

    amount: Money
    quoted: Money
    is_reversed: bool
    is_settled: bool
    completion: CompletionEvidence | None
    open_disputes: int
    terms: RedemptionTerms
    holds: tuple[Refusal, ...] = ()
    """What has been found in the records of the class since, and is not cleared."""


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What is known when an institution submits."""

    institution_name: str
    institution_barred: bool
    run_is_over: bool
    run_ended_on: date
    today: date
    good_lines: int


def refusals_for_claim_line(facts: LineFacts) -> tuple[Refusal, ...]:
    """Every reason why this redemption cannot be paid through a claim now."""
    reasons = []
    if facts.is_reversed:
        reasons.append(Refusal("line_reversed"))
    if facts.is_settled:
        reasons.append(Refusal("line_settled"))
    return (
        *reasons,
        *_refusals_of_amount(facts),
        *refusals_for_evidence(facts.completion, facts.terms, open_disputes=facts.open_disputes),
        *facts.holds,
    )


def part_of_line(facts: LineFacts) -> Part | None:
    """The part of the quoted amount that the completion rate, as recorded now, earns."""
    return part_of(facts.completion, facts.terms)


def _refusals_of_amount(facts: LineFacts) -> tuple[Refusal, ...]:
    """The amount is that of the price, or the part the rate earns: it may be recounted since."""
    part = part_of_line(facts)
    due = earned_of(facts.quoted, part)
    if facts.amount == due:
        return ()
    params: dict[str, Any] = {"amount": facts.amount, "quoted": facts.quoted}
    if part is None:
        return (Refusal("line_amount_differs", params, rule=facts.terms.rule),)
    params |= {"due": due, "rate": part.rate_percent}
    return (Refusal("line_part_differs", params, rule=part.rule),)


def refusals_for_submission(facts: ClaimFacts, policy: ClaimPolicy) -> tuple[Refusal, ...]:
    """Every reason why the claim of a class cannot be submitted now."""
    reasons = []
    if facts.institution_barred:
        reasons.append(
            Refusal("claim_of_barred_institution", {"institution": facts.institution_name})
        )
    if not facts.run_is_over:
        reasons.append(Refusal("run_not_over"))
    until = facts.run_ended_on + timedelta(days=policy.claim_within_days)
    if facts.today > until:
        params = {"ended_on": facts.run_ended_on, "until": until}
        reasons.append(
            Refusal("claim_too_late", params, rule=policy.rule, remedy="ask_for_late_claim")
        )
    if not facts.good_lines:
        reasons.append(Refusal("claim_without_lines"))
    return tuple(reasons)


def claim_amount_fen(amounts: Sequence[int]) -> int:
    """What a claim asks for: the sum of its standing lines, in fen."""
    return sum(amounts)
