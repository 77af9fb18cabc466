"""Dated facts of where an institution stands, and telling its staff."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.institutions import errors as _errors  # noqa: F401  (registers the notices)
from marketplace.institutions.models import Institution, InstitutionStateFact
from marketplace.institutions.queries import (
    list_members,
    list_state_changes_of,
    lock_institution,
)
from marketplace.institutions.rules import STATE_WORDS, state_on
from marketplace.institutions.states import InstitutionState
from marketplace.notices.operations import send_notice

STANDING_PAGE = "/institution/state"


def note_state(
    institution: Institution,
    state: InstitutionState,
    *,
    previous: InstitutionState,
    effective_on: date,
    clause: str | None,
    reason: str | None,
    actor_id: int | None,
) -> InstitutionStateFact:
    """Write down that the institution stands in a state from a day on.

    What is in force today is written onto the institution at once; an announced state by
    `apply_announced_states` when its day has come.
    """
    fact = InstitutionStateFact(
        code=new_code("SF"),
        institution_id=institution.id,
        previous_state=previous,
        state=state,
        effective_on=effective_on,
        clause=clause,
        reason=reason,
        decided_by=actor_id,
        decided_at=clock.now(),
    )
    db.session.add(fact)
    if effective_on <= clock.today():
        institution.state = state
        institution.changed_at = clock.now()
    db.session.flush()
    return fact


def tell_staff_of_standing(institution: Institution, fact: InstitutionStateFact) -> None:
    """Everybody who works there reads what was decided, from when and why."""
    for member in list_members(institution.id):
        send_notice(
            member.user_id,
            kind="institution.standing_changed",
            params={
                "name": institution.name,
                "state": STATE_WORDS[fact.state],
                "day": fact.effective_on,
                "reason": fact.reason or "–",
            },
            link=STANDING_PAGE,
        )


def list_institutions_to_apply(*, on: date, limit: int = 1_000) -> list[int]:
    """Institutions whose announced state has come into force and is not theirs yet."""
    latest = (
        select(
            InstitutionStateFact.institution_id,
            InstitutionStateFact.state,
            func.row_number()
            .over(
                partition_by=InstitutionStateFact.institution_id,
                order_by=(
                    InstitutionStateFact.effective_on.desc(),
                    InstitutionStateFact.id.desc(),
                ),
            )
            .label("place"),
        )
        .where(InstitutionStateFact.effective_on <= on)
        .subquery()
    )
    return list(
        db.session.scalars(
            select(Institution.id)
            .join(latest, latest.c.institution_id == Institution.id)
            .where(latest.c.place == 1, latest.c.state != Institution.state)
            .order_by(Institution.id)
            .limit(limit)
        )
    )


def apply_announced_state(institution_id: int, *, actor_id: int | None) -> Institution:
    """Let an announced state take effect on its day; again it changes nothing."""
    institution = lock_institution(institution_id)
    changes = list_state_changes_of([institution_id]).get(institution_id, ())
    state = state_on(changes, institution.state, clock.today())
    if state == institution.state:
        return institution
    institution.state = state
    institution.changed_at = clock.now()
    db.session.flush()
    record_event(
        "institution.standing_applied",
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        details={"state": str(state)},
    )
    return institution
