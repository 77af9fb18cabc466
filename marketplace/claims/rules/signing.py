"""May this officer check, return, approve? Does silence? Pure; every reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.claims import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.claims.states import IN_REVIEW, ClaimState, RiskTier
from marketplace.foundation.errors import Refusal


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What is known when somebody decides on a claim."""

    claim_code: str
    state: ClaimState
    tier: RiskTier | None
    submitted_by: int | None
    checked_by: int | None
    signed_by: int | None
    """Nobody: time itself."""
    today: date
    due_on: date | None
    notice_until: date | None
    unseen_sample: int
    open_objections: int
    faulty_lines: int


def refusals_for_check(facts: DecisionFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot sign the check (first signature)."""
    reasons = [*_refusals_of_hand(facts)]
    if facts.state is not ClaimState.SUBMITTED:
        reasons.append(Refusal("claim_checked_already", {"claim": facts.claim_code}))
    if facts.unseen_sample:
        reasons.append(Refusal("sample_not_seen", {"count": facts.unseen_sample}))
    if facts.faulty_lines:
        reasons.append(Refusal("claim_lines_faulty", {"count": facts.faulty_lines}))
    return tuple(reasons)


def refusals_for_claim_approval(facts: DecisionFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot approve (second signature; maker is never checker)."""
    reasons = [*_refusals_of_hand(facts)]
    if facts.state is ClaimState.SUBMITTED:
        reasons.append(Refusal("claim_not_checked", {"claim": facts.claim_code}))
    elif facts.state not in IN_REVIEW:
        reasons.append(Refusal("claim_not_in_review", {"claim": facts.claim_code}))
    if facts.signed_by is not None and facts.signed_by == facts.checked_by:
        reasons.append(Refusal("same_person"))
    if facts.notice_until and facts.today <= facts.notice_until:
        reasons.append(Refusal("notice_not_over", {"until": facts.notice_until}))
    if facts.open_objections:
        reasons.append(Refusal("objections_open", {"count": facts.open_objections}))
    if facts.faulty_lines:
        reasons.append(Refusal("claim_lines_faulty", {"count": facts.faulty_lines}))
    return tuple(reasons)


def refusals_for_line_decision(facts: DecisionFacts) -> tuple[Refusal, ...]:
    """Why this officer cannot return or reject a line."""
    reasons = [*_refusals_of_hand(facts)]
    if facts.state not in IN_REVIEW:
        reasons.append(Refusal("claim_not_in_review", {"claim": facts.claim_code}))
    return tuple(reasons)


def silence_moves(facts: DecisionFacts) -> bool:
    """A claim of low risk whose day has passed moves on by itself, unless something is open."""
    if facts.tier is not RiskTier.LOW or facts.due_on is None or facts.today <= facts.due_on:
        return False
    if facts.state is ClaimState.SUBMITTED:
        return facts.faulty_lines == 0
    return not refusals_for_claim_approval(facts)


def _refusals_of_hand(facts: DecisionFacts) -> tuple[Refusal, ...]:
    if facts.signed_by is not None and facts.signed_by == facts.submitted_by:
        return (Refusal("own_claim"),)
    return ()
