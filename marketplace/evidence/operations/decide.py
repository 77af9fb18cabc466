"""Deciding about holds: the institution explains, an officer clears or upholds, with a reason."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.queries import lock_hold
from marketplace.evidence.states import HOLD_TRANSITIONS, HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import cut_personal_numbers
from marketplace.institutions.queries import list_manager_ids, list_members
from marketplace.notices.operations import send_notice


def take_hold(code: str, *, actor_id: int) -> EvidenceHold:
    """An officer makes a hold their own, so that everybody sees who looks at it."""
    hold = lock_hold(code)
    _require(hold, HoldState.OPEN)
    _refuse_own_matter(hold, actor_id)
    if hold.owner_id != actor_id:
        hold.owner_id, hold.taken_at = actor_id, clock.now()
        _record("evidence.taken", hold, actor_id)
    return hold


def answer_hold(code: str, *, institution_id: int, answer: str, actor_id: int) -> EvidenceHold:
    """The institution says what is true; its newest answer counts until the decision."""
    hold = lock_hold(code)
    if hold.institution_id != institution_id:
        raise NotFound("evidence_hold")
    _require(hold, HoldState.OPEN)
    if not answer.strip():
        raise Refused(Refusal("say_why", field="answer"))
    hold.answer = cut_personal_numbers(answer.strip())
    hold.answered_by, hold.answered_at = actor_id, clock.now()
    _record("evidence.answered", hold, actor_id)
    return hold


def clear_hold(code: str, *, reason: str, actor_id: int) -> EvidenceHold:
    """The records hold together after all: the redemption is free. An upheld hold may be too.

    Refuses without a reason, and to the institution's own people.
    """
    hold = _decide(code, HoldState.CLEARED, reason, actor_id)
    _record("evidence.cleared", hold, actor_id, hold.decision_reason)
    _tell_managers("evidence.hold_cleared", hold)
    return hold


def uphold_hold(code: str, *, reason: str, actor_id: int) -> EvidenceHold:
    """The records are not true: nothing is redeemed for this. Refuses as `clear_hold` does."""
    hold = _decide(code, HoldState.UPHELD, reason, actor_id)
    _record("evidence.upheld", hold, actor_id, hold.decision_reason)
    _tell_managers("evidence.hold_upheld", hold)
    return hold


def _decide(code: str, state: HoldState, reason: str, actor_id: int) -> EvidenceHold:
    hold = lock_hold(code)
    if state not in HOLD_TRANSITIONS[hold.state]:
        raise Refused(Refusal("hold_is_decided"))
    _refuse_own_matter(hold, actor_id)
    if not reason.strip():
        raise Refused(Refusal("hold_needs_reason", field="reason"))
    hold.state = state
    hold.decision_reason = cut_personal_numbers(reason.strip())
    hold.decided_by, hold.decided_at = actor_id, clock.now()
    hold.owner_id = hold.owner_id or actor_id
    db.session.flush()
    return hold


def _require(hold: EvidenceHold, state: HoldState) -> None:
    if hold.state is not state:
        raise Refused(Refusal("hold_is_decided"))


def _refuse_own_matter(hold: EvidenceHold, actor_id: int) -> None:
    if actor_id in {member.user_id for member in list_members(hold.institution_id)}:
        raise Refused(Refusal("own_matter"))


def _record(event: str, hold: EvidenceHold, actor_id: int, reason: str | None = None) -> None:
    db.session.flush()
    record_event(
        event,
        subject_kind="evidence_hold",
        subject_code=hold.code,
        actor_id=actor_id,
        reason=reason,
        details={"finding": hold.kind, "clause": hold.clause},
    )


def _tell_managers(kind: str, hold: EvidenceHold) -> None:
    run = get_course_run(hold.course_run_id)
    params = {"hold": hold.code, "run": run.code, "reason": hold.decision_reason}
    for manager_id in list_manager_ids(hold.institution_id):
        send_notice(manager_id, kind=kind, params=params, link=f"/institution/holds/{hold.code}")
