"""Recording that an employer pays part of a learner's own share, and that this has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.audit.operations import record_event
from marketplace.employers.agreement_rules import AgreementFacts, refusals_for_agreement
from marketplace.employers.models import EmployerAgreement
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.institutions.rules import is_valid_uscc


@dataclass(frozen=True, slots=True)
class AgreementWish:
    """What the institution read in the document."""

    employer_name: str
    uscc: str | None
    percent: int | None
    amount_fen: int | None
    document_number: str
    signed_on: date | None
    standing_until: date | None


def record_agreement(
    wish: AgreementWish,
    *,
    worker_id: int,
    institution_id: int,
    enrollment_id: int,
    has_ended: bool,
    actor_id: int,
) -> EmployerAgreement:
    """Keep what the employer has signed. Refuses everything `refusals_for_agreement` names."""
    facts = _facts(wish, has_ended=has_ended)
    if refusals := refusals_for_agreement(facts):
        raise Refused(refusals)
    assert wish.signed_on is not None, "the rules asked for it"
    agreement = EmployerAgreement(
        code=new_code("AG"),
        worker_id=worker_id,
        institution_id=institution_id,
        enrollment_id=enrollment_id,
        employer_name=wish.employer_name,
        uscc=wish.uscc or None,
        percent=wish.percent,
        amount_fen=wish.amount_fen,
        document_number=wish.document_number,
        signed_on=wish.signed_on,
        standing_until=wish.standing_until,
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    db.session.add(agreement)
    db.session.flush()
    record_event(
        "employer_agreement.recorded",
        subject_kind="employer_agreement",
        subject_code=agreement.code,
        actor_id=actor_id,
        details={
            "employer": wish.employer_name,
            "document": wish.document_number,
            "percent": wish.percent,
            "amount_fen": wish.amount_fen,
        },
    )
    return agreement


def end_agreement(agreement: EmployerAgreement, *, actor_id: int) -> None:
    """It holds for no later class; what was split by it stays. Refuses `agreement_over`."""
    if agreement.ended_at is not None:
        raise Refused(Refusal("agreement_over"))
    agreement.ended_at = clock.now()
    db.session.flush()
    record_event(
        "employer_agreement.ended",
        subject_kind="employer_agreement",
        subject_code=agreement.code,
        actor_id=actor_id,
    )


def _facts(wish: AgreementWish, *, has_ended: bool) -> AgreementFacts:
    return AgreementFacts(
        today=clock.today(),
        employer_name=wish.employer_name,
        percent=wish.percent,
        amount_fen=wish.amount_fen,
        document_number=wish.document_number,
        signed_on=wish.signed_on,
        standing_until=wish.standing_until,
        uscc_is_valid=not wish.uscc or is_valid_uscc(wish.uscc),
        has_ended=has_ended,
    )
