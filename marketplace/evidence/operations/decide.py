"""Deciding about holds: the institution explains, an officer clears or upholds, with a reason."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.queries import list_holds_of_run, lock_hold
from marketplace.evidence.risk_queries import list_inspectors_for
from marketplace.evidence.states import HOLD_TRANSITIONS, SCHEME_KINDS, VISIT_KINDS, HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import cut_personal_numbers
from marketplace.institutions.queries import list_manager_ids, list_members
from marketplace.notices.operations import send_notice
from marketplace.standing.operations.records import record_upheld_hold, withdraw_upheld_hold


def take_hold(code: str, *, actor_id: int) -> EvidenceHold:
    """An officer makes a hold their own, so that everybody sees who looks at it."""
    hold = lock_hold(code)
    _require(hold, HoldState.OPEN)
    _refuse_own_matter(hold, actor_id)
    if hold.owner_id != actor_id:
        hold.owner_id, hold.taken_at = actor_id, clock.now()
        _record("evidence.taken", hold, actor_id)
    return hold


def assign_hold(code: str, *, inspector_id: int, actor_id: int) -> EvidenceHold:
    """An officer gives a hold to an inspector of the place, who looks at it and decides.

    Refuses who is no inspector there, works for the institution, or saw it at the visit.
    """
    hold = lock_hold(code)
    _require(hold, HoldState.OPEN)
    _refuse_own_matter(hold, actor_id)
    if inspector_id not in {user.id for user in list_inspectors_for(hold)}:
        raise Refused(Refusal("hold_inspector_elsewhere", field="inspector"))
    _refuse_own_matter(hold, inspector_id)
    _refuse_own_finding(hold, inspector_id)
    if hold.owner_id != inspector_id:
        hold.owner_id, hold.taken_at = inspector_id, clock.now()
        _record("evidence.assigned", hold, actor_id)
        run = get_course_run(hold.course_run_id)
        send_notice(
            inspector_id,
            kind="evidence.hold_assigned",
            params={"hold": hold.code, "run": run.code},
            link=f"/inspection/holds/{hold.code}",
        )
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

    Refuses without a reason, to the institution's own people, and to the inspector whose visit
    found it. The fact an upheld hold put into the institution's file goes out of force.
    """
    was_upheld = lock_hold(code).state is HoldState.UPHELD
    hold = _decide(code, HoldState.CLEARED, reason, actor_id)
    if was_upheld and hold.kind not in SCHEME_KINDS:
        _take_out_of_file(hold, actor_id)
    _record("evidence.cleared", hold, actor_id, hold.decision_reason)
    _tell_managers("evidence.hold_cleared", hold)
    return hold


def uphold_hold(code: str, *, reason: str, actor_id: int) -> EvidenceHold:
    """The records are not true: nothing is redeemed for this. Refuses as `clear_hold` does.

    The institution's file gets a fact with the clause and the points of the published settings,
    once for a class and a clause; not where the records are true and the scheme does not pay.
    """
    hold = _decide(code, HoldState.UPHELD, reason, actor_id)
    if hold.kind not in SCHEME_KINDS:
        _enter_into_file(hold, actor_id)
    _record("evidence.upheld", hold, actor_id, hold.decision_reason)
    _tell_managers("evidence.hold_upheld", hold)
    return hold


def _decide(code: str, state: HoldState, reason: str, actor_id: int) -> EvidenceHold:
    hold = lock_hold(code)
    if state not in HOLD_TRANSITIONS[hold.state]:
        raise Refused(Refusal("hold_is_decided"))
    _refuse_own_matter(hold, actor_id)
    _refuse_own_finding(hold, actor_id)
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


def _refuse_own_finding(hold: EvidenceHold, actor_id: int) -> None:
    """What an inspector saw, somebody else decides about; a trigger asks for the same."""
    if hold.kind in VISIT_KINDS and hold.opened_by == actor_id:
        raise Refused(Refusal("hold_second_person"))


def _enter_into_file(hold: EvidenceHold, actor_id: int) -> None:
    """What the file says names class and clause, never the learner."""
    run = get_course_run(hold.course_run_id)
    record_upheld_hold(
        hold.institution_id,
        finding=finding_code(run.code, hold.clause),
        clause=hold.clause,
        evidence=f"{run.code} · {hold.code}",
        actor_id=actor_id,
    )


def _take_out_of_file(hold: EvidenceHold, actor_id: int) -> None:
    """Only when nothing of the same class and clause is upheld any more."""
    others = [
        one
        for one in list_holds_of_run(hold.course_run_id)
        if one.kind is hold.kind and one.state is HoldState.UPHELD
    ]
    if not others:
        withdraw_upheld_hold(
            hold.institution_id,
            finding=finding_code(get_course_run(hold.course_run_id).code, hold.clause),
            reason=hold.decision_reason or "",
            actor_id=actor_id,
        )


def finding_code(run_code: str, clause: str) -> str:
    """One class and one clause: what a fact of the file is about."""
    return f"{run_code}/{clause}"


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
