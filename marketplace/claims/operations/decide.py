"""The officers' side of a claim: check, return or reject line by line, objections, approve."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import lock_course_run
from marketplace.claims.models import Claim, ClaimLine, ClaimObjection
from marketplace.claims.queries.claims import get_objection, list_objections, lock_claim
from marketplace.claims.queries.dates import get_claim_dates
from marketplace.claims.queries.lines import (
    get_claim_line,
    list_claim_lines,
    list_standing_lines,
)
from marketplace.claims.queries.objections import count_open_objections_to_claim
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.claims.rules.lines import claim_amount_fen
from marketplace.claims.rules.signing import (
    DecisionFacts,
    refusals_for_check,
    refusals_for_claim_approval,
    refusals_for_line_decision,
)
from marketplace.claims.states import IN_REVIEW, ClaimLineState, ClaimState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice
from marketplace.redemption.models import Redemption
from marketplace.redemption.operations.reverse import reverse_redemption


def check_claim(claim_id: int, *, seen_line_ids: Collection[int], actor_id: int) -> Claim:
    """First signature: the lines of the sample were looked at. The claim is publicised at once.

    Where policy publicises nothing (0 days) it waits, checked, for its approval. Refuses
    `own_claim`, `claim_checked_already`, `sample_not_seen`, `claim_lines_faulty`.
    """
    claim = lock_claim(claim_id)
    if claim.checked_by == actor_id and claim.state in (ClaimState.CHECKED, ClaimState.NOTICED):
        return claim
    sample = [line for line in list_standing_lines(claim.id) if line.is_sampled]
    unseen = sum(line.id not in seen_line_ids for line in sample)
    if refusals := refusals_for_check(decision_facts(claim, actor_id, unseen_sample=unseen)):
        raise Refused(refusals)
    for line in sample:
        line.seen_by = actor_id
    claim.checked_by = actor_id
    pass_check(claim, actor_id=actor_id, reason=None)
    return claim


def pass_check(claim: Claim, *, actor_id: int | None, reason: str | None) -> None:
    """The claim is checked, by an officer or by silence; publication begins."""
    policy = get_claim_policy()
    claim.checked_at = clock.now()
    claim.state = ClaimState.CHECKED
    if policy.notice_days:
        claim.notice_from = clock.today()
        claim.notice_until = clock.today() + timedelta(days=policy.notice_days)
    dates = get_claim_dates(claim)
    claim.due_on, claim.expected_on = dates.approve_by, dates.pay_by
    db.session.flush()
    _record("claim.checked", claim, actor_id, reason)
    if policy.notice_days:
        claim.state = ClaimState.NOTICED
        db.session.flush()
        _record("claim.noticed", claim, actor_id, None)


def approve_claim(claim_id: int, *, actor_id: int) -> Claim:
    """Second signature: its redemptions may be settled. The institution is told when it is paid.

    Refuses `own_claim`, `same_person`, `claim_not_checked`, `claim_not_in_review`,
    `notice_not_over`, `objections_open`, `claim_lines_faulty`.
    """
    claim = lock_claim(claim_id)
    if claim.state is ClaimState.APPROVED and claim.approved_by == actor_id:
        return claim
    if refusals := refusals_for_claim_approval(decision_facts(claim, actor_id)):
        raise Refused(refusals)
    claim.approved_by = actor_id
    pass_approval(claim, actor_id=actor_id, reason=None)
    return claim


def pass_approval(claim: Claim, *, actor_id: int | None, reason: str | None) -> None:
    """The claim is approved, by an officer or by silence."""
    claim.approved_at = clock.now()
    claim.state = ClaimState.APPROVED
    dates = get_claim_dates(claim)
    claim.settle_from = clock.today() + timedelta(days=claim.hold_days)
    claim.due_on, claim.expected_on = None, dates.pay_by
    db.session.flush()
    _record("claim.approved", claim, actor_id, reason)
    _tell(
        claim,
        "claim.approved",
        {"amount": Money(claim.amount_fen, claim.currency), "day": dates.pay_by},
    )


def return_claim_line(claim_id: int, *, line_id: int, reason: str, actor_id: int) -> Claim:
    """Give one line back with a reason; the others go on. It can be corrected and claimed again.

    Refuses `claim_reason_required`, `own_claim`, `claim_not_in_review`, `claim_line_decided`.
    """
    claim, line = _hold_line(claim_id, line_id, reason, actor_id)
    _release(claim, line, ClaimLineState.RETURNED, reason=tidy(reason), actor_id=actor_id)
    _record("claim.line_returned", claim, actor_id, tidy(reason), line=line)
    _tell_line(claim, line, "claim.line_returned", reason)
    _end_if_empty(claim, actor_id)
    return claim


def reject_claim_line(claim_id: int, *, line_id: int, reason: str, actor_id: int) -> Claim:
    """Refuse one line for good: its redemption is reversed, so that nothing is owed for it.

    The voucher is reserved again, to be redeemed rightly or released. Entry: the reversal.
    Refuses `claim_reason_required`, `own_claim`, `claim_not_in_review`, `claim_line_decided`,
    and whatever forbids the reversal.
    """
    claim, line = _hold_line(claim_id, line_id, reason, actor_id)
    _release(claim, line, ClaimLineState.REJECTED, reason=tidy(reason), actor_id=actor_id)
    reverse_redemption(line.redemption_id, reason=reason, actor_id=actor_id)
    _record("claim.line_rejected", claim, actor_id, tidy(reason), line=line)
    _tell_line(claim, line, "claim.line_rejected", reason)
    _end_if_empty(claim, actor_id)
    return claim


def record_objection(claim_id: int, *, objection: str, actor_id: int) -> ClaimObjection:
    """Write down what somebody said against a claim; it is not approved before it is answered.

    Refuses `objection_text_required`, `objection_not_possible`.
    """
    claim = lock_claim(claim_id)
    refusals = []
    if not tidy(objection):
        refusals.append(Refusal("objection_text_required", field="objection"))
    if claim.state not in IN_REVIEW:
        refusals.append(Refusal("objection_not_possible"))
    if refusals:
        raise Refused(refusals)
    kept = ClaimObjection(
        claim_id=claim.id,
        objection=tidy(objection),
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    db.session.add(kept)
    db.session.flush()
    _record("claim.objection_recorded", claim, actor_id, kept.objection)
    return kept


def resolve_objection(
    claim_id: int, *, objection_id: int, finding: str, actor_id: int
) -> ClaimObjection:
    """Write down what was found about an objection.

    Refuses `objection_answer_required`, `objection_answered`.
    """
    claim = lock_claim(claim_id)
    kept = get_objection(objection_id, claim_id=claim.id)
    refusals = []
    if not tidy(finding):
        refusals.append(Refusal("objection_answer_required", field="finding"))
    if kept.resolved_at is not None:
        refusals.append(Refusal("objection_answered"))
    if refusals:
        raise Refused(refusals)
    kept.finding = tidy(finding)
    kept.resolved_by = actor_id
    kept.resolved_at = clock.now()
    db.session.flush()
    _record("claim.objection_resolved", claim, actor_id, kept.finding)
    return kept


def decision_facts(claim: Claim, actor_id: int | None, *, unseen_sample: int = 0) -> DecisionFacts:
    """What the rules ask before somebody, or time, decides on a claim."""
    return DecisionFacts(
        claim_code=claim.code,
        state=claim.state,
        tier=claim.tier,
        submitted_by=claim.submitted_by,
        checked_by=claim.checked_by,
        signed_by=actor_id,
        today=clock.today(),
        due_on=claim.due_on,
        notice_until=claim.notice_until,
        unseen_sample=unseen_sample,
        open_objections=sum(one.resolved_at is None for one in list_objections(claim.id))
        + count_open_objections_to_claim(claim.id),
        faulty_lines=sum(bool(view.findings) for view in list_claim_lines(claim.id)),
    )


def _hold_line(claim_id: int, line_id: int, reason: str, actor_id: int) -> tuple[Claim, ClaimLine]:
    claim = lock_claim(claim_id)
    lock_course_run(claim.course_run_id)
    line = get_claim_line(line_id, claim_id=claim.id)
    refusals = refusals_for_line_decision(decision_facts(claim, actor_id))
    if line.state is not ClaimLineState.STANDING:
        refusals += (Refusal("claim_line_decided"),)
    if not tidy(reason):
        refusals += (Refusal("claim_reason_required", field="reason"),)
    if refusals:
        raise Refused(refusals)
    return claim, line


def _release(
    claim: Claim, line: ClaimLine, state: ClaimLineState, *, reason: str, actor_id: int
) -> None:
    line.state = state
    line.reason = reason
    line.decided_by = actor_id
    line.released_at = clock.now()
    db.session.flush()
    claim.amount_fen = claim_amount_fen([one.amount_fen for one in list_standing_lines(claim.id)])
    db.session.flush()


def _end_if_empty(claim: Claim, actor_id: int) -> None:
    """No line is left: the claim was returned, or rejected when every line was."""
    views = list_claim_lines(claim.id)
    if any(view.line.state is ClaimLineState.STANDING for view in views):
        return
    claim.due_on = claim.expected_on = None
    if any(view.line.state is ClaimLineState.RETURNED for view in views):
        claim.state = ClaimState.RETURNED
        db.session.flush()
        _record("claim.returned", claim, actor_id, None)
        return
    claim.state = ClaimState.REJECTED
    db.session.flush()
    _record("claim.rejected", claim, actor_id, None)


def _record(
    event: str,
    claim: Claim,
    actor_id: int | None,
    reason: str | None,
    *,
    line: ClaimLine | None = None,
) -> None:
    details: dict[str, object] = {"amount_fen": line.amount_fen if line else claim.amount_fen}
    if line:
        details["redemption"] = db.session.get_one(Redemption, line.redemption_id).code
    record_event(
        event,
        subject_kind="claim",
        subject_code=claim.code,
        actor_id=actor_id,
        reason=reason,
        details=details,
    )


def _tell_line(claim: Claim, line: ClaimLine, kind: str, reason: str) -> None:
    amount = Money(line.amount_fen, claim.currency)
    _tell(claim, kind, {"amount": amount, "reason": tidy(reason)})


def _tell(claim: Claim, kind: str, params: dict[str, object]) -> None:
    for manager_id in list_manager_ids(claim.institution_id):
        send_notice(
            manager_id,
            kind=kind,
            params={"claim": claim.code, **params},
            link=f"/institution/claims/{claim.code}",
        )
