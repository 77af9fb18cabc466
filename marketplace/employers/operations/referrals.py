"""Referrals: made with consent, taken back, ended by what became of them."""

from __future__ import annotations

from datetime import date

from marketplace.audit.operations import record_event
from marketplace.employers.models import Employment, Referral, Vacancy
from marketplace.employers.queries.referrals import find_live_referral, has_proof, lock_referral
from marketplace.employers.queries.vacancies import get_vacancy, is_vacancy_open
from marketplace.employers.rules import (
    EmploymentFacts,
    refusals_for_employment,
    refusals_for_referral,
)
from marketplace.employers.states import EmploymentEvidence, ReferralState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import cut_personal_numbers, tidy
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker, lock_worker


def create_referral(
    worker_id: int, *, vacancy_id: int, has_consented: bool, actor_id: int
) -> Referral:
    """Make a worker known for a vacancy, because they want it.

    Refuses without consent, for a closed vacancy, and a second time while the first one stands.
    """
    lock_worker(worker_id)
    vacancy = get_vacancy(vacancy_id)
    refusals = refusals_for_referral(
        is_open=is_vacancy_open(vacancy, on=clock.today()),
        is_referred=find_live_referral(worker_id, vacancy_id) is not None,
        has_consented=has_consented,
    )
    if refusals:
        raise Refused(refusals)
    referral = Referral(
        code=new_code("RF"),
        vacancy_id=vacancy_id,
        worker_id=worker_id,
        state=ReferralState.MADE,
        consented_at=clock.now(),
    )
    db.session.add(referral)
    db.session.flush()
    _record("referral.made", referral, actor_id)
    return referral


def withdraw_referral(referral_id: int, *, actor_id: int) -> Referral:
    """The worker takes the consent back; doing it again changes nothing."""
    referral = lock_referral(referral_id)
    if referral.state is ReferralState.WITHDRAWN:
        return referral
    _require_live(referral)
    _end(referral, ReferralState.WITHDRAWN)
    _record("referral.withdrawn", referral, actor_id)
    return referral


def record_employment(
    referral_id: int, *, evidence: EmploymentEvidence, note: str, started_on: date, actor_id: int
) -> Employment:
    """The worker began to work there: from which day, and what proves it. The worker is told.

    What the worker says first may be proven later, and what is proven may be proven again by a
    document of another kind: that somebody still works there half a year on. Refuses for an ended
    referral, a day ahead or before the referral, and proof without words.
    """
    referral = lock_referral(referral_id)
    facts = EmploymentFacts(
        state=referral.state,
        has_proof=has_proof(referral_id, evidence),
        referred_on=clock.local_date(referral.consented_at),
        today=clock.today(),
        started_on=started_on,
        evidence=evidence,
        note=cut_personal_numbers(tidy(note)),
    )
    if refusals := refusals_for_employment(facts):
        raise Refused(refusals)
    employment = Employment(
        referral_id=referral_id,
        evidence=evidence,
        note=facts.note[:200] or None,
        started_on=started_on,
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    db.session.add(employment)
    if referral.state is ReferralState.MADE:
        _end(referral, ReferralState.EMPLOYED)
    db.session.flush()
    _record("referral.employed", referral, actor_id, kind=evidence)
    _tell("referral.employed", referral)
    return employment


def record_no_employment(referral_id: int, *, actor_id: int) -> Referral:
    """Nothing came of it. The worker is told and may be referred again."""
    referral = lock_referral(referral_id)
    _require_live(referral)
    _end(referral, ReferralState.NOT_EMPLOYED)
    _record("referral.not_employed", referral, actor_id)
    _tell("referral.not_employed", referral)
    return referral


def _require_live(referral: Referral) -> None:
    if referral.state is not ReferralState.MADE:
        raise Refused(Refusal("referral_ended"))


def _end(referral: Referral, state: ReferralState) -> None:
    referral.state = state
    referral.ended_at = clock.now()
    db.session.flush()


def _record(
    event: str, referral: Referral, actor_id: int, *, kind: EmploymentEvidence | None = None
) -> None:
    record_event(
        event,
        subject_kind="referral",
        subject_code=referral.code,
        actor_id=actor_id,
        details={"kind": kind} if kind else {},
    )


def _tell(kind: str, referral: Referral) -> None:
    vacancy = db.session.get(Vacancy, referral.vacancy_id)
    user_id = get_worker(referral.worker_id).user_id
    if user_id is not None and vacancy is not None:
        send_notice(user_id, kind=kind, params={"title": vacancy.title}, link="/me/referrals")
