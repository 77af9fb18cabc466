"""Objections from the public during publication (公示): taken without a login, decided with
reasons. An open one holds its claim (`decision_facts`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.claims.models import Claim, PublicObjection
from marketplace.claims.queries.claims import lock_claim
from marketplace.claims.queries.objections import (
    RECEIPT_PURPOSE,
    count_open_objections_to_claim,
    is_objection_known,
    lock_public_objection,
)
from marketplace.claims.rules.objections import (
    ANSWER_DAYS,
    STATEMENT_MAX,
    AnswerFacts,
    ObjectionFacts,
    refusals_for_answer,
    refusals_for_objection,
)
from marketplace.claims.states import ClaimState, ObjectionGrounds, ObjectionState
from marketplace.foundation import clock, crypto
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy

PERSON_MAX = 200


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says; name and contact may stay empty."""

    grounds: ObjectionGrounds
    statement: str
    name: str = ""
    contact: str = ""


def file_public_objection(claim_id: int, said: Said) -> str:
    """Take an objection from anybody while the claim is publicised. Answers with the receipt,
    which is shown once and looks the decision up later.

    The claim is not approved, by hand or by silence, before it is decided. Refuses
    `objection_days_over`, `objection_too_short`, `objection_known`, `objections_many`.
    """
    claim = lock_claim(claim_id)
    statement = tidy(said.statement)[:STATEMENT_MAX]
    index = crypto.blind_index(statement, purpose=f"public_objection.statement:{claim.code}")
    facts = ObjectionFacts(
        is_publicised=_is_publicised(claim),
        statement=statement,
        is_known=is_objection_known(claim.id, index),
        open_count=count_open_objections_to_claim(claim.id),
    )
    if refusals := refusals_for_objection(facts):
        raise Refused(refusals)
    receipt = new_code("R", 17)
    objection = PublicObjection(
        code=new_code("OB"),
        receipt_index=crypto.blind_index(receipt, purpose=RECEIPT_PURPOSE),
        claim_id=claim.id,
        grounds=said.grounds,
        statement_index=index,
        state=ObjectionState.OPEN,
        filed_at=clock.now(),
        due_on=clock.today() + timedelta(days=ANSWER_DAYS),
    )
    objection.statement = statement
    objection.name = tidy(said.name)[:PERSON_MAX] or None
    objection.contact = tidy(said.contact)[:PERSON_MAX] or None
    try:
        with db.session.begin_nested():
            db.session.add(objection)
            db.session.flush()
    except IntegrityError as error:  # the same words at the same moment
        raise Refused(Refusal("objection_known")) from error
    _record("objection.filed", objection, claim, None, {"grounds": said.grounds.value})
    return receipt


def take_public_objection(objection_id: int, *, actor_id: int) -> PublicObjection:
    """An officer makes an objection theirs to look into. Refuses `objection_answered`."""
    objection = lock_public_objection(objection_id)
    if objection.state is not ObjectionState.OPEN:
        raise Refused(Refusal("objection_answered"))
    if objection.owner_id != actor_id:
        objection.owner_id = actor_id
        db.session.flush()
        _record("objection.taken", objection, _claim(objection), actor_id, {})
    return objection


def decide_public_objection(
    objection_id: int, *, wanted: ObjectionState, answer: str, clause: str, actor_id: int
) -> PublicObjection:
    """Decide with reasons, which whoever objected reads with the receipt. What an upheld
    objection shows is then returned or rejected line by line on the claim.

    Refuses `objection_answered`, `own_claim`, `objection_answer_required`,
    `objection_clause_required`.
    """
    assert wanted is not ObjectionState.OPEN, "a decision is one way or the other"
    objection = lock_public_objection(objection_id)
    claim = _claim(objection)
    facts = AnswerFacts(
        state=objection.state,
        wanted=wanted,
        answer=tidy(answer),
        clause=tidy(clause),
        submitted_by=claim.submitted_by,
        actor_id=actor_id,
    )
    if refusals := refusals_for_answer(facts):
        raise Refused(refusals)
    objection.state = wanted
    objection.answer = facts.answer[:STATEMENT_MAX]
    objection.clause = facts.clause[:300] or None
    objection.decided_by = actor_id
    objection.decided_at = clock.now()
    db.session.flush()
    _record(f"objection.{wanted.value}", objection, claim, actor_id, {"clause": objection.clause})
    return objection


def open_objector(objection_id: int, *, purpose: str, actor_id: int) -> tuple[str, str]:
    """Name and contact of whoever objected, for an officer with a purpose, which is recorded.

    Refuses `objection_purpose_required`.
    """
    objection = lock_public_objection(objection_id)
    if not tidy(purpose):
        raise Refused(Refusal("objection_purpose_required", field="purpose"))
    _record(
        "objection.objector_opened",
        objection,
        _claim(objection),
        actor_id,
        {},
        reason=tidy(purpose)[:200],
    )
    return objection.name or "", objection.contact or ""


def _claim(objection: PublicObjection) -> Claim:
    return db.session.get_one(Claim, objection.claim_id)


def _is_publicised(claim: Claim) -> bool:
    return (
        claim.state is ClaimState.NOTICED
        and claim.notice_until is not None
        and clock.today() <= claim.notice_until
    )


def _record(
    event: str,
    objection: PublicObjection,
    claim: Claim,
    actor_id: int | None,
    details: dict[str, object],
    *,
    reason: str | None = None,
) -> None:
    record_event(
        event,
        subject_kind="claim",
        subject_code=claim.code,
        actor_id=actor_id,
        reason=reason,
        details={"objection": objection.code, **details},
    )
