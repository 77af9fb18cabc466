"""Ending a certificate, or issuing it again: one person proposes, another decides."""

from __future__ import annotations

from typing import Any

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.enrollment.models import Completion
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import list_members
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker
from marketplace.records.labels import CHANGE_REASON_LABELS
from marketplace.records.models import Certificate, CertificateChange
from marketplace.records.operations.certificates import draw_places, issue_edition
from marketplace.records.queries.certificates import (
    find_open_change,
    lock_certificate,
    lock_change,
)
from marketplace.records.rules import (
    DecisionFacts,
    ProposalFacts,
    refusals_for_decision,
    refusals_for_proposal,
)
from marketplace.records.states import CertificateState, ChangeKind, ChangeReason, ChangeState


def propose_change(
    certificate_id: int, *, kind: ChangeKind, reason: ChangeReason, note: str, actor_id: int
) -> CertificateChange:
    """Propose to make a certificate void, or to issue it again from the record as it stands now.

    Refuses for an ended certificate, while another proposal waits, without words, with a reason
    of the other kind, and a correction when the record says nothing else. Moves no money: a
    redemption is reversed in its own place.
    """
    certificate = lock_certificate(certificate_id)
    facts = ProposalFacts(
        state=certificate.state,
        has_open_change=find_open_change(certificate_id) is not None,
        kind=kind,
        reason=reason,
        note=tidy(note),
        record_differs=record_differs(certificate),
    )
    if refusals := refusals_for_proposal(facts):
        raise Refused(refusals)
    change = CertificateChange(
        code=new_code("CC"),
        certificate_id=certificate_id,
        kind=kind,
        reason=reason,
        note=facts.note[:500],
        state=ChangeState.PROPOSED,
        proposed_by=actor_id,
        proposed_at=clock.now(),
    )
    db.session.add(change)
    db.session.flush()
    _record("certificate.change_proposed", certificate, change, actor_id, change.note)
    return change


def approve_change(certificate_id: int, *, code: str, answer: str, actor_id: int) -> Certificate:
    """The second signature: the certificate ends, and for a correction a new edition is issued.

    Refuses the person who proposed it, the holder, and the institution's own staff. Answers the
    certificate that counts now. The holder is told.
    """
    certificate = lock_certificate(certificate_id)
    change = lock_change(code, certificate_id)
    _require(certificate, change, actor_id, is_approval=True, answer=answer)
    _decide(change, ChangeState.APPROVED, answer, actor_id)
    worker = get_worker(certificate.worker_id)
    is_void = change.kind is ChangeKind.VOID
    certificate.state = CertificateState.VOIDED if is_void else CertificateState.REPLACED
    certificate.ended_at = clock.now()
    certificate.ended_reason = change.reason
    db.session.flush()
    if is_void:
        _record("certificate.voided", certificate, change, actor_id, change.note)
        _tell(certificate, worker.user_id, "certificate.voided", certificate.code, change.reason)
        return certificate
    successor = issue_edition(
        _completion(certificate),
        worker,
        get_course_run_facts(certificate.course_run_id),
        edition=certificate.edition + 1,
        place=draw_places(1)[0],
        actor_id=actor_id,
    )
    _record("certificate.replaced", certificate, change, actor_id, change.note)
    _tell(certificate, worker.user_id, "certificate.replaced", successor.code, change.reason)
    return successor


def reject_change(
    certificate_id: int, *, code: str, answer: str, actor_id: int
) -> CertificateChange:
    """Leave the certificate as it is, with the reason why."""
    certificate = lock_certificate(certificate_id)
    change = lock_change(code, certificate_id)
    _require(certificate, change, actor_id, is_approval=False, answer=answer)
    _decide(change, ChangeState.REJECTED, answer, actor_id)
    _record("certificate.change_rejected", certificate, change, actor_id, change.answer)
    return change


def record_differs(certificate: Certificate) -> bool:
    """The record says something else now: another name, attendance or result."""
    completion = _completion(certificate)
    worker = get_worker(certificate.worker_id)
    return (
        worker.name,
        completion.lessons_attended,
        completion.rate_percent,
        str(completion.assessment),
        completion.completed_on,
    ) != (
        certificate.holder,
        certificate.lessons_attended,
        certificate.rate_percent,
        certificate.assessment,
        certificate.completed_on,
    )


def _completion(certificate: Certificate) -> Completion:
    completion = db.session.get(Completion, certificate.completion_id)
    assert completion is not None, "a foreign key"
    return completion


def _require(
    certificate: Certificate,
    change: CertificateChange,
    actor_id: int,
    *,
    is_approval: bool,
    answer: str,
) -> None:
    facts = DecisionFacts(
        change_state=change.state,
        certificate_state=certificate.state,
        kind=change.kind,
        record_differs=record_differs(certificate),
        actor_id=actor_id,
        proposed_by=change.proposed_by,
        holder_user_id=get_worker(certificate.worker_id).user_id,
        staff_ids={member.user_id for member in list_members(certificate.institution_id)},
        is_approval=is_approval,
        answer=tidy(answer),
    )
    if refusals := refusals_for_decision(facts):
        raise Refused(refusals)


def _decide(change: CertificateChange, state: ChangeState, answer: str, actor_id: int) -> None:
    change.state = state
    change.answer = tidy(answer)[:500] or None
    change.decided_by = actor_id
    change.decided_at = clock.now()
    db.session.flush()


def _record(
    event: str,
    certificate: Certificate,
    change: CertificateChange,
    actor_id: int,
    reason: str | None,
) -> None:
    details: dict[str, Any] = {"kind": change.kind, "cause": change.reason}
    record_event(
        event,
        subject_kind="certificate",
        subject_code=certificate.code,
        actor_id=actor_id,
        reason=reason,
        details=details,
    )


def _tell(
    certificate: Certificate, user_id: int | None, kind: str, number: str, reason: ChangeReason
) -> None:
    if user_id is not None:
        params = {
            "title": certificate.title,
            "number": number,
            "reason": CHANGE_REASON_LABELS[reason],
        }
        send_notice(user_id, kind=kind, params=params, link=f"/me/certificates/{number}")
