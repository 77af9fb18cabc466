"""Saying what an institution may teach, from when to when."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Accreditation, Institution
from marketplace.institutions.operations.state_changes import note_state
from marketplace.institutions.queries import get_accreditation, lock_institution
from marketplace.institutions.rules import refusals_for_accreditation
from marketplace.institutions.states import AccreditationState, InstitutionState


def accredit_institution(
    institution_id: int,
    *,
    occupation_code: str | None,
    level: int | None,
    valid_from: date,
    valid_until: date | None,
    clause: str | None,
    actor_id: int | None,
    site_id: int | None = None,
    application_code: str | None = None,
) -> Accreditation:
    """Grant one occupation and level (empty: any) for a period; the first makes it accredited.

    `site_id` limits it to one of the institution's sites.

    Refuses an institution that is suspended, barred or withdrawn (reinstate it first), an unknown
    level and an end before the beginning. The same grant again returns the one that exists.
    """
    institution = lock_institution(institution_id)
    scope = (occupation_code, level, site_id)
    if earlier := _find_same(institution_id, *scope, valid_from, valid_until):
        return earlier
    if refusals := refusals_for_accreditation(
        institution.state, level=level, valid_from=valid_from, valid_until=valid_until
    ):
        raise Refused(refusals)

    accreditation = Accreditation(
        code=new_code("ACC"),
        institution_id=institution_id,
        occupation_code=occupation_code,
        level=level,
        state=AccreditationState.GRANTED,
        valid_from=valid_from,
        valid_until=valid_until,
        clause=clause,
        decided_by=actor_id,
        decided_at=clock.now(),
        site_id=site_id,
        application_code=application_code,
    )
    db.session.add(accreditation)
    _enter_standing(institution, accreditation)
    db.session.flush()
    _record("accreditation.granted", institution, accreditation, actor_id=actor_id)
    return accreditation


def revoke_accreditation(
    accreditation_id: int, *, reason: str, actor_id: int | None
) -> Accreditation:
    """Take an accreditation back; course runs that need it cannot open any more."""
    accreditation = get_accreditation(accreditation_id)
    institution = lock_institution(accreditation.institution_id)
    db.session.refresh(accreditation)
    if accreditation.state == AccreditationState.REVOKED:
        return accreditation
    reason = tidy(reason)
    if not reason:
        raise Refused(Refusal("reason_missing", field="reason"))
    # The directory dates the end of the accreditation by the institution's last change,
    # which therefore is written first.
    institution.changed_at = clock.now()
    db.session.flush()
    accreditation.state = AccreditationState.REVOKED
    db.session.flush()
    _record("accreditation.revoked", institution, accreditation, actor_id=actor_id, reason=reason)
    return accreditation


def _enter_standing(institution: Institution, accreditation: Accreditation) -> None:
    """The first accreditation; one decided on paper earlier counts from its own day."""
    if institution.state != InstitutionState.APPLIED:
        return
    note_state(
        institution,
        InstitutionState.ACCREDITED,
        previous=InstitutionState.APPLIED,
        effective_on=min(clock.today(), accreditation.valid_from),
        clause=accreditation.clause,
        reason=None,
        actor_id=accreditation.decided_by,
    )


def _find_same(
    institution_id: int,
    occupation_code: str | None,
    level: int | None,
    site_id: int | None,
    valid_from: date,
    valid_until: date | None,
) -> Accreditation | None:
    return db.session.scalar(
        select(Accreditation)
        .where(
            Accreditation.institution_id == institution_id,
            Accreditation.occupation_code.is_not_distinct_from(occupation_code),
            Accreditation.level.is_not_distinct_from(level),
            Accreditation.site_id.is_not_distinct_from(site_id),
            Accreditation.valid_from == valid_from,
            Accreditation.valid_until.is_not_distinct_from(valid_until),
            Accreditation.state == AccreditationState.GRANTED,
        )
        .order_by(Accreditation.id)
        .limit(1)
    )


def _record(
    event: str,
    institution: Institution,
    accreditation: Accreditation,
    *,
    actor_id: int | None,
    reason: str | None = None,
) -> None:
    record_event(
        event,
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        reason=reason,
        details={
            "accreditation": accreditation.code,
            "occupation": accreditation.occupation_code,
            "level": accreditation.level,
            "clause": accreditation.clause,
            "application": accreditation.application_code,
        },
    )
