"""Registering institutions and changing their standing."""

from __future__ import annotations

from typing import Any

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import (
    find_institution_by_source,
    find_institution_by_uscc,
    lock_institution,
)
from marketplace.institutions.rules import refusals_for_registration, refusals_for_state_change
from marketplace.institutions.states import InstitutionState


def register_institution(
    *,
    name: str,
    uscc: str | None,
    jurisdiction_id: int | None,
    source: str = "own",
    source_key: str | None = None,
    actor_id: int | None,
    kind: str | None = None,
    address: str | None = None,
    city: str | None = None,
    website: str | None = None,
    features: dict[str, Any] | None = None,
) -> Institution:
    """Take an institution onto the register; it teaches nothing before it is accredited.

    Refuses a missing name, a USCC that fails GB 32100, and one that is registered already.
    """
    name = tidy(name)
    uscc = tidy(uscc).upper() if uscc else None
    code = new_code("INS")
    key = source_key or uscc or code
    refusals = refusals_for_registration(name=name, uscc=uscc, source=source)
    if uscc and find_institution_by_uscc(uscc):
        refusals += (Refusal("uscc_taken", field="uscc"),)
    elif find_institution_by_source(source, key):
        refusals += (Refusal("source_key_taken", field="source_key"),)
    if refusals:
        raise Refused(refusals)

    institution = Institution(
        code=code,
        name=name,
        uscc=uscc,
        source=source,
        source_key=key,
        state=InstitutionState.APPLIED,
        jurisdiction_id=jurisdiction_id,
        kind=kind,
        address=address,
        city=city,
        website=website,
        features=features or {},
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    db.session.add(institution)
    db.session.flush()
    _record("institution.registered", institution, actor_id=actor_id)
    return institution


def suspend_institution(institution_id: int, *, reason: str, actor_id: int | None) -> Institution:
    """Stop an institution for a time: nothing of it is listed, opened or enrolled on."""
    return _move(
        institution_id,
        to=InstitutionState.SUSPENDED,
        event="institution.suspended",
        reason=reason,
        actor_id=actor_id,
    )


def bar_institution(institution_id: int, *, reason: str, actor_id: int | None) -> Institution:
    """Bar an institution (禁入), grade D of the credit file."""
    return _move(
        institution_id,
        to=InstitutionState.BARRED,
        event="institution.barred",
        reason=reason,
        actor_id=actor_id,
    )


def reinstate_institution(institution_id: int, *, reason: str, actor_id: int | None) -> Institution:
    """Let a suspended, barred or withdrawn institution teach again."""
    return _move(
        institution_id,
        to=InstitutionState.ACCREDITED,
        event="institution.reinstated",
        reason=reason,
        actor_id=actor_id,
    )


def withdraw_institution(institution_id: int, *, reason: str, actor_id: int | None) -> Institution:
    """The institution left, or its source names it no more; its history stays."""
    return _move(
        institution_id,
        to=InstitutionState.WITHDRAWN,
        event="institution.withdrawn",
        reason=reason,
        actor_id=actor_id,
    )


def _move(
    institution_id: int, *, to: InstitutionState, event: str, reason: str, actor_id: int | None
) -> Institution:
    institution = lock_institution(institution_id)
    if institution.state == to:
        return institution
    reason = tidy(reason)
    if refusals := refusals_for_state_change(institution.state, to, reason):
        raise Refused(refusals)
    institution.state = to
    institution.changed_at = clock.now()
    db.session.flush()
    _record(event, institution, actor_id=actor_id, reason=reason)
    return institution


def _record(
    event: str, institution: Institution, *, actor_id: int | None, reason: str | None = None
) -> None:
    record_event(
        event,
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        reason=reason,
    )
