"""Who may do what with a draft. All reasons, not only the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.drafting import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.drafting.states import DRAFT_TRANSITIONS, DraftState, VersionStanding
from marketplace.foundation.errors import N_, Refusal

DRAFT_STATE_LABELS: dict[DraftState, str] = {
    DraftState.DRAFT: N_("Draft"),
    DraftState.SUBMITTED: N_("Submitted, waits for another officer"),
    DraftState.RETURNED: N_("Returned with a reason"),
    DraftState.PUBLISHED: N_("Published as a version"),
    DraftState.DISCARDED: N_("Discarded"),
}
DRAFT_STATE_TONES: dict[DraftState, str] = {
    DraftState.DRAFT: "neutral",
    DraftState.SUBMITTED: "waiting",
    DraftState.RETURNED: "decision",
    DraftState.PUBLISHED: "done",
    DraftState.DISCARDED: "neutral",
}
STANDING_LABELS: dict[VersionStanding, str] = {
    VersionStanding.IN_FORCE: N_("In force"),
    VersionStanding.AHEAD: N_("Published, begins later"),
    VersionStanding.SUPERSEDED: N_("Superseded"),
    VersionStanding.OVER: N_("Run out"),
}
STANDING_TONES: dict[VersionStanding, str] = {
    VersionStanding.IN_FORCE: "done",
    VersionStanding.AHEAD: "waiting",
    VersionStanding.SUPERSEDED: "neutral",
    VersionStanding.OVER: "neutral",
}
REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """A draft at the moment somebody acts on it."""

    state: DraftState
    written_by: int
    submitted_by: int | None
    based_on: int | None
    """Number of the version it follows; empty: it begins a scheme."""
    latest: int | None
    """Number of the version published last."""
    is_same_content: bool
    """As the version published last."""
    is_replayed: bool
    """A finished replay of this very content exists."""


def refusals_for_writing(state: DraftState) -> tuple[Refusal, ...]:
    """Only what nobody has submitted, or what was returned, is changed."""
    if state in (DraftState.DRAFT, DraftState.RETURNED):
        return ()
    return (Refusal("draft_state_forbids", {"state": DRAFT_STATE_LABELS[state]}),)


def refusals_for_discarding(state: DraftState) -> tuple[Refusal, ...]:
    """What waits for its checker is taken back first; what is published stays."""
    return _refusals_of_move(state, DraftState.DISCARDED)


def refusals_for_taking_back(facts: DraftFacts, *, by: int) -> tuple[Refusal, ...]:
    """By whoever wrote or submitted it; others return it with a reason."""
    move = _refusals_of_move(facts.state, DraftState.DRAFT)
    if facts.state is not DraftState.SUBMITTED:
        move = (Refusal("draft_state_forbids", {"state": DRAFT_STATE_LABELS[facts.state]}),)
    own = by in (facts.written_by, facts.submitted_by)
    return move if own else (*move, Refusal("draft_not_yours"))


def refusals_for_submission(facts: DraftFacts) -> tuple[Refusal, ...]:
    """Something is changed, of the newest version, and the past was replayed under it."""
    return (
        *_refusals_of_move(facts.state, DraftState.SUBMITTED),
        *_refusals_of_content(facts),
    )


def refusals_for_publication(facts: DraftFacts, *, by: int) -> tuple[Refusal, ...]:
    """Another person than the writer and the submitter, and what a submission asks."""
    return (
        *_refusals_of_move(facts.state, DraftState.PUBLISHED),
        *_refusals_of_own_work(facts, by),
        *_refusals_of_content(facts),
    )


def refusals_for_return(facts: DraftFacts, *, by: int, reason: str) -> tuple[Refusal, ...]:
    """By another person, with words that help."""
    return (
        *_refusals_of_move(facts.state, DraftState.RETURNED),
        *_refusals_of_own_work(facts, by),
        *refusals_for_reason(reason),
    )


def refusals_for_reason(reason: str) -> tuple[Refusal, ...]:
    """A reason is there and fits."""
    if not reason:
        return (Refusal("draft_reason_required", field="reason"),)
    if len(reason) > REASON_MAX:
        return (Refusal("draft_reason_too_long", {"limit": REASON_MAX}, field="reason"),)
    return ()


def _refusals_of_move(state: DraftState, wanted: DraftState) -> tuple[Refusal, ...]:
    """Only the moves of DRAFT_TRANSITIONS."""
    if wanted in DRAFT_TRANSITIONS[state]:
        return ()
    return (Refusal("draft_state_forbids", {"state": DRAFT_STATE_LABELS[state]}),)


def _refusals_of_own_work(facts: DraftFacts, by: int) -> tuple[Refusal, ...]:
    return (Refusal("draft_own_work"),) if by in (facts.written_by, facts.submitted_by) else ()


def _refusals_of_content(facts: DraftFacts) -> tuple[Refusal, ...]:
    refusals = []
    if facts.based_on != facts.latest:
        refusals.append(Refusal("draft_outdated", {"number": facts.latest}))
    if facts.is_same_content:
        refusals.append(Refusal("draft_changes_nothing"))
    if not facts.is_replayed:
        refusals.append(Refusal("draft_not_replayed", remedy="remedy_replay_first"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class VersionDates:
    """A published version, by number and dates."""

    number: int
    valid_from: date
    valid_until: date | None


def standings_on(versions: Sequence[VersionDates], day: date) -> dict[int, VersionStanding]:
    """Where each published version of a scheme stands: of those that have begun, the one
    published last is in force (the rule of `list_schemes_in_force`)."""
    begun = [version.number for version in versions if version.valid_from <= day]
    newest = max(begun, default=0)
    standings = {}
    for version in versions:
        if version.number == newest:
            over = version.valid_until is not None and version.valid_until < day
            standing = VersionStanding.OVER if over else VersionStanding.IN_FORCE
        elif version.valid_from > day and version.number > newest:
            standing = VersionStanding.AHEAD
        else:
            standing = VersionStanding.SUPERSEDED
        standings[version.number] = standing
    return standings
