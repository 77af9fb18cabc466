"""May a line be disputed, and may the dispute be decided so? Pure; every reason.

对账异议: an answer within ten days of the calendar, always with reasons; a rejection names its
clause, an acceptance names what follows, so that neither side has to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.foundation.errors import Refusal
from marketplace.settlement import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.settlement.states import DisputeState, FollowUp

ANSWER_DAYS = 10
WORDS_MIN = 5
WORDS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class FilingFacts:
    """A line as the institution disputes it."""

    is_own_line: bool
    is_open_already: bool
    words: str


@dataclass(frozen=True, slots=True)
class DecisionOnDispute:
    """A dispute before the officer who decides."""

    state: DisputeState
    wanted: DisputeState
    filed_by: int
    actor_id: int
    answer: str
    clause: str
    follow_up: FollowUp | None
    is_claim_line: bool
    line_stands: bool
    """The claim line still stands in a claim under review, so that it can be returned."""
    correction_is_later: bool
    """The named entry is on the institution's account and younger than what is disputed."""


def refusals_for_filing(facts: FilingFacts) -> tuple[Refusal, ...]:
    """Why this line cannot be disputed."""
    reasons = []
    if not facts.is_own_line:
        reasons.append(Refusal("dispute_not_own_line"))
    if facts.is_open_already:
        reasons.append(Refusal("dispute_open_already"))
    if len(facts.words) < WORDS_MIN:
        reasons.append(Refusal("dispute_words_required", {"least": WORDS_MIN}, field="body"))
    return tuple(reasons)


def refusals_for_message(state: DisputeState, words: str) -> tuple[Refusal, ...]:
    """Why nothing can be written into the thread."""
    reasons = []
    if state is not DisputeState.OPEN:
        reasons.append(Refusal("dispute_decided_already"))
    if not words:
        reasons.append(Refusal("dispute_words_required", {"least": 1}, field="body"))
    return tuple(reasons)


def refusals_for_dispute_decision(facts: DecisionOnDispute) -> tuple[Refusal, ...]:
    """Why it cannot be decided so."""
    reasons = []
    if facts.state is not DisputeState.OPEN:
        reasons.append(Refusal("dispute_decided_already"))
    if facts.actor_id == facts.filed_by:
        reasons.append(Refusal("same_person"))
    if len(facts.answer) < WORDS_MIN:
        reasons.append(Refusal("dispute_words_required", {"least": WORDS_MIN}, field="answer"))
    if facts.wanted is DisputeState.REJECTED and not facts.clause:
        reasons.append(Refusal("dispute_clause_required", field="clause"))
    if facts.wanted is DisputeState.ACCEPTED:
        reasons += _refusals_for_follow_up(facts)
    return tuple(reasons)


def _refusals_for_follow_up(facts: DecisionOnDispute) -> list[Refusal]:
    if facts.follow_up is None:
        return [Refusal("dispute_follow_up_required", field="follow_up")]
    if facts.follow_up is FollowUp.LINE_RETURNED and not (
        facts.is_claim_line and facts.line_stands
    ):
        return [Refusal("dispute_line_not_returnable", field="follow_up")]
    if facts.follow_up is FollowUp.CORRECTED and not facts.correction_is_later:
        return [Refusal("dispute_correction_unknown", field="correction_entry")]
    return []
