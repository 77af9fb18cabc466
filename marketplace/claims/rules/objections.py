"""May this objection be taken, and may it be decided so? Pure; every reason.

公示期异议：five working days to answer (Shenzhen: 异议 handled in 5 working days), counted here as
seven days of the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.claims import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.claims.states import ObjectionState
from marketplace.foundation.errors import Refusal

ANSWER_DAYS = 7
STATEMENT_MIN = 10
STATEMENT_MAX = 2_000
OPEN_MAX = 200
"""So many open objections to one claim tell enough; more would only be a flood."""


@dataclass(frozen=True, slots=True)
class ObjectionFacts:
    """An objection as it arrives."""

    is_publicised: bool
    statement: str
    is_known: bool
    """Exactly these words were said of this claim already."""
    open_count: int


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """A decision about an objection."""

    state: ObjectionState
    wanted: ObjectionState
    answer: str
    clause: str
    submitted_by: int | None
    """Who submitted the claim for the institution."""
    actor_id: int


def refusals_for_objection(facts: ObjectionFacts) -> tuple[Refusal, ...]:
    """Why an objection cannot be taken."""
    reasons = []
    if not facts.is_publicised:
        reasons.append(Refusal("objection_days_over"))
    if len(facts.statement) < STATEMENT_MIN:
        reasons.append(Refusal("objection_too_short", {"least": STATEMENT_MIN}, field="statement"))
    if facts.is_known:
        reasons.append(Refusal("objection_known"))
    if facts.open_count >= OPEN_MAX:
        reasons.append(Refusal("objections_many"))
    return tuple(reasons)


def refusals_for_answer(facts: AnswerFacts) -> tuple[Refusal, ...]:
    """Why an objection cannot be decided so."""
    reasons = []
    if facts.state is not ObjectionState.OPEN:
        reasons.append(Refusal("objection_answered"))
    if facts.actor_id == facts.submitted_by:
        reasons.append(Refusal("own_claim"))
    if not facts.answer:
        reasons.append(Refusal("objection_answer_required", field="answer"))
    if facts.wanted is ObjectionState.DISMISSED and not facts.clause:
        reasons.append(Refusal("objection_clause_required", field="clause"))
    return tuple(reasons)
