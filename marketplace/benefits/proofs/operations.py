"""A receipt handed in, and what an officer says to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.benefits.proofs.models import FeeProof
from marketplace.benefits.proofs.queries import (
    FeePromise,
    find_fee_promise,
    is_receipt_used,
    lock_fee_proof,
)
from marketplace.benefits.proofs.rules import (
    FeeProofFacts,
    refusals_for_checking,
    refusals_for_fee_proof,
)
from marketplace.benefits.proofs.states import FeeProofState
from marketplace.benefits.states import BENEFIT_JOB
from marketplace.catalog.queries.course_runs import list_course_run_facts
from marketplace.enrollment.queries import get_enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.jobs.operations import enqueue_job
from marketplace.notices.operations import send_notice
from marketplace.people.operations.documents import store_document
from marketplace.people.queries import get_worker
from marketplace.people.queries.workers import lock_worker

REASON_MAX = 1_000
NUMBER_MAX = 60


@dataclass(frozen=True, slots=True)
class PaidFee:
    """What the person says they paid, and the paper."""

    amount_fen: int
    paid_on: date
    receipt_number: str
    file_name: str = ""
    media_type: str = ""
    content: bytes | None = None


def hand_in_fee_proof(enrollment_code: str, paid: PaidFee, *, actor_id: int) -> FeeProof:
    """Hand in the receipt for the assessment of a training; an officer checks it. Books nothing.

    Refuses `fee_not_promised`, `fee_decided`, `fee_proof_exists`, `amount_not_positive`,
    `fee_paid_day_wrong`, `fee_receipt_number_required`, `fee_receipt_used`,
    `fee_proof_document_required`, and files that are no photo or PDF.
    """
    promise = find_fee_promise(enrollment_code)
    number = re.sub(r"\s", "", tidy(paid.receipt_number)).upper()[:NUMBER_MAX]
    if promise is not None:
        lock_worker(promise.worker_id)
        promise = find_fee_promise(enrollment_code)
    if refusals := refusals_for_fee_proof(_facts(promise, paid, number), today=clock.today()):
        raise Refused(refusals)
    assert promise is not None, "the rules asked for it"
    assert paid.content is not None, "the rules asked for it"
    document = store_document(
        worker_id=promise.worker_id,
        file_name=paid.file_name,
        media_type=paid.media_type,
        content=paid.content,
        actor_id=actor_id,
    )
    proof = FeeProof(
        code=new_code("FP"),
        worker_id=promise.worker_id,
        enrollment_id=promise.enrollment_id,
        allotment_id=promise.allotment_id,
        amount_fen=paid.amount_fen,
        currency=promise.currency,
        paid_on=paid.paid_on,
        receipt_number=number,
        document_id=document.id,
        state=FeeProofState.HANDED_IN,
        handed_in_by=actor_id,
        handed_in_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(proof)
            db.session.flush()
    except IntegrityError as error:  # the same receipt at the same moment for somebody else
        raise Refused(Refusal("fee_receipt_used", field="receipt")) from error
    _record_proof("fee_proof.handed_in", proof, actor_id, None)
    return proof


def accept_fee_proof(proof_id: int, *, actor_id: int) -> FeeProof:
    """An officer has checked the receipt: the fee is decided by it with the next run, which is
    asked for at once. Refuses `fee_proof_decided`, `fee_proof_own`."""
    proof = lock_fee_proof(proof_id)
    if proof.state is FeeProofState.ACCEPTED and proof.decided_by == actor_id:
        return proof
    _decide(proof, FeeProofState.ACCEPTED, None, actor_id)
    enqueue_job(
        BENEFIT_JOB, payload={}, requested_by=actor_id, dedupe_key=f"fee_proof:{proof.code}"
    )
    return proof


def reject_fee_proof(proof_id: int, *, reason: str, actor_id: int) -> FeeProof:
    """The receipt does not do; the person reads why and may hand in another one.

    Refuses `fee_proof_decided`, `fee_proof_own`, `fee_proof_reason_required`.
    """
    proof = lock_fee_proof(proof_id)
    _decide(proof, FeeProofState.REJECTED, tidy(reason)[:REASON_MAX], actor_id)
    return proof


def _facts(promise: FeePromise | None, paid: PaidFee, number: str) -> FeeProofFacts:
    enrollment_id = promise.enrollment_id if promise else 0
    proof = promise.proof if promise else None
    return FeeProofFacts(
        is_promised=promise is not None,
        is_decided=promise is not None and promise.is_decided,
        has_proof=proof is not None and proof.state is not FeeProofState.REJECTED,
        amount_fen=paid.amount_fen,
        paid_on=paid.paid_on,
        enrolled_on=promise.enrolled_on if promise else paid.paid_on,
        receipt_number=number,
        is_used_elsewhere=is_receipt_used(number, enrollment_id=enrollment_id),
        has_document=bool(paid.content),
    )


def _decide(proof: FeeProof, state: FeeProofState, reason: str | None, actor_id: int) -> None:
    if refusals := refusals_for_checking(
        code=proof.code,
        state=proof.state,
        is_own=actor_id == proof.handed_in_by,
        reason=reason,
    ):
        raise Refused(refusals)
    proof.state = state
    proof.reason = reason
    proof.decided_by, proof.decided_at = actor_id, clock.now()
    db.session.flush()
    accepted = state is FeeProofState.ACCEPTED
    _record_proof(
        "fee_proof.accepted" if accepted else "fee_proof.rejected", proof, actor_id, reason
    )
    user_id = get_worker(proof.worker_id).user_id
    if user_id is None:
        return
    run_id = get_enrollment(proof.enrollment_id).course_run_id
    params: dict[str, Money | str | int | date] = {
        "amount": Money(proof.amount_fen, proof.currency),
        "title": list_course_run_facts([run_id])[run_id].title,
        "reason": reason or "",
    }
    kind = "fee_proof.accepted" if accepted else "fee_proof.rejected"
    send_notice(user_id, kind=kind, params=params, link="/me/benefits")


def _record_proof(event: str, proof: FeeProof, actor_id: int, reason: str | None) -> None:
    record_event(
        event,
        subject_kind="fee_proof",
        subject_code=proof.code,
        actor_id=actor_id,
        reason=reason,
        details={"amount_fen": proof.amount_fen, "enrollment": _enrollment_code(proof)},
    )


def _enrollment_code(proof: FeeProof) -> str:
    return get_enrollment(proof.enrollment_id).code
