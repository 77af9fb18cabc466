"""Registering institutions and changing their standing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.state_changes import note_state, tell_staff_of_standing
from marketplace.institutions.queries import (
    find_institution_by_source,
    find_institution_by_uscc,
    list_state_changes_of,
    lock_institution,
)
from marketplace.institutions.rules import (
    refusals_for_effective_day,
    refusals_for_registration,
    refusals_for_state_change,
    state_on,
)
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


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an institution is to stand, from when (empty: today), why and by which clause."""

    to: InstitutionState
    event: str
    reason: str
    clause: str | None
    effective_on: date | None


def suspend_institution(
    institution_id: int,
    *,
    reason: str,
    actor_id: int | None,
    clause: str | None = None,
    effective_on: date | None = None,
) -> Institution:
    """Stop an institution for a time: nothing of it is listed, opened, enrolled on or redeemed."""
    decision = Decision(
        InstitutionState.SUSPENDED, "institution.suspended", reason, clause, effective_on
    )
    return _move(institution_id, decision, actor_id=actor_id)


def bar_institution(
    institution_id: int,
    *,
    reason: str,
    actor_id: int | None,
    clause: str | None = None,
    effective_on: date | None = None,
) -> Institution:
    """Bar an institution (禁入), grade D of the credit file."""
    decision = Decision(InstitutionState.BARRED, "institution.barred", reason, clause, effective_on)
    return _move(institution_id, decision, actor_id=actor_id)


def reinstate_institution(
    institution_id: int,
    *,
    reason: str,
    actor_id: int | None,
    clause: str | None = None,
    effective_on: date | None = None,
) -> Institution:
    """Let a suspended, barred or withdrawn institution teach again."""
    decision = Decision(
        InstitutionState.ACCREDITED, "institution.reinstated", reason, clause, effective_on
    )
    return _move(institution_id, decision, actor_id=actor_id)


def withdraw_institution(
    institution_id: int,
    *,
    reason: str,
    actor_id: int | None,
    clause: str | None = None,
    effective_on: date | None = None,
) -> Institution:
    """The institution left, or its source names it no more; its history stays."""
    decision = Decision(
        InstitutionState.WITHDRAWN, "institution.withdrawn", reason, clause, effective_on
    )
    return _move(institution_id, decision, actor_id=actor_id)


def _move(institution_id: int, decision: Decision, *, actor_id: int | None) -> Institution:
    """A dated fact, told to the staff. It takes effect today, or on the day announced."""
    institution = lock_institution(institution_id)
    today = clock.today()
    effective_on = decision.effective_on or today
    changes = list_state_changes_of([institution_id]).get(institution_id, ())
    previous = state_on(changes, institution.state, effective_on)
    if previous == decision.to:
        return institution
    reason = tidy(decision.reason)
    last_on = changes[-1].effective_on if changes else None
    refusals = (
        *refusals_for_state_change(previous, decision.to, reason),
        *refusals_for_effective_day(effective_on, last_on=last_on, today=today),
    )
    if refusals:
        raise Refused(refusals)
    fact = note_state(
        institution,
        decision.to,
        previous=previous,
        effective_on=effective_on,
        clause=tidy(decision.clause or "") or None,
        reason=reason,
        actor_id=actor_id,
    )
    details = {"clause": fact.clause, "effective_on": effective_on.isoformat()}
    _record(decision.event, institution, actor_id=actor_id, reason=reason, details=details)
    tell_staff_of_standing(institution, fact)
    return institution


def _record(
    event: str,
    institution: Institution,
    *,
    actor_id: int | None,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    record_event(
        event,
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        reason=reason,
        details=details,
    )
