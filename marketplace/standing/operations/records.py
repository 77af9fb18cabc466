"""Entering facts into an institution's file, and taking them out of force by a second fact."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import cut_personal_numbers, tidy
from marketplace.institutions.queries import (
    get_institution,
    list_manager_ids,
    list_members,
    lock_institution,
)
from marketplace.notices.operations import send_notice
from marketplace.standing.labels import KIND_LABELS
from marketplace.standing.models import StandingRecord
from marketplace.standing.operations.save import regrade
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.records import (
    find_record_about,
    get_standing_record,
    list_appeals_about,
)
from marketplace.standing.rules.records import (
    NewRecord,
    WithdrawalFacts,
    refusals_for_record,
    refusals_for_withdrawal,
    valid_until,
)
from marketplace.standing.states import AppealState, Component, StandingKind

STANDING_LINK = "/institution/standing"
HOLD_SUBJECT = "evidence_finding"


def record_standing(
    institution_id: int,
    *,
    kind: StandingKind,
    happened_on: date,
    clause: str,
    evidence: str,
    actor_id: int,
) -> StandingRecord:
    """Enter a fact into the file: points and repair period are those of the policy in force.

    The grade follows at once and the managers are told. Refuses a kind that follows from
    decisions, a day in the future, a missing clause or evidence, and the institution's own staff.
    """
    lock_institution(institution_id)
    record = NewRecord(kind, happened_on, tidy(clause), cut_personal_numbers(evidence.strip()))
    if refusals := refusals_for_record(
        record, today=clock.today(), is_own=is_staff(institution_id, actor_id)
    ):
        raise Refused(refusals)
    return _enter(institution_id, record, actor_id=actor_id)


def record_upheld_dispute(
    institution_id: int, *, subject: tuple[str, str], evidence: str, actor_id: int
) -> StandingRecord:
    """An officer found an attendance entry, or what was told of a day of online hours, wrong: the
    fact goes into the file by itself. `subject` is the kind and id of what was disputed."""
    lock_institution(institution_id)
    settings = get_rating_policy(clock.today()).records[StandingKind.DISPUTE_UPHELD]
    record = NewRecord(StandingKind.DISPUTE_UPHELD, clock.today(), settings.clause, evidence)
    return _enter(
        institution_id,
        record,
        actor_id=actor_id,
        subject=subject,
    )


def record_upheld_hold(
    institution_id: int, *, finding: str, clause: str, evidence: str, actor_id: int
) -> StandingRecord | None:
    """An officer found the records of a class untrue: one fact for each class and clause.

    `finding` names class and clause; while a fact about it stands, another learner held for the
    same reason adds none. Points and repair period are those of the policy in force.
    """
    lock_institution(institution_id)
    if find_record_about(institution_id, subject=(HOLD_SUBJECT, finding)) is not None:
        return None
    settings = get_rating_policy(clock.today()).setting_for(StandingKind.EVIDENCE_UPHELD)
    clauses = f"{clause} · {settings.clause}"
    record = NewRecord(StandingKind.EVIDENCE_UPHELD, clock.today(), clauses, evidence)
    return _enter(institution_id, record, actor_id=actor_id, subject=(HOLD_SUBJECT, finding))


def withdraw_upheld_hold(institution_id: int, *, finding: str, reason: str, actor_id: int) -> None:
    """The hold behind a fact was cleared after all: the fact goes out of force with it.

    Refuses while an appeal against the fact waits: its decision does the same.
    """
    lock_institution(institution_id)
    record = find_record_about(institution_id, subject=(HOLD_SUBJECT, finding))
    if record is None:
        return
    appeals = list_appeals_about(record_id=record.id)
    if any(appeal.state is AppealState.FILED for appeal in appeals):
        raise Refused(Refusal("standing_appeal_open", remedy="remedy_decide_appeal"))
    enter_withdrawal(record, reason=reason, actor_id=actor_id)


def withdraw_standing(record_id: int, *, reason: str, actor_id: int) -> StandingRecord:
    """Take a fact out of force by a second fact that names it; the first one stays readable.

    Refuses whoever recorded it, a second withdrawal, an open appeal, a missing reason.
    """
    view = get_standing_record(record_id)
    lock_institution(view.record.institution_id)
    view = get_standing_record(record_id)
    facts = WithdrawalFacts(
        kind=view.record.kind,
        is_withdrawn=view.withdrawn_by is not None,
        recorded_by=view.record.recorded_by,
        actor_id=actor_id,
        has_open_appeal=any(
            appeal.state is AppealState.FILED for appeal in list_appeals_about(record_id=record_id)
        ),
        is_own=is_staff(view.record.institution_id, actor_id),
        reason=tidy(reason),
    )
    if refusals := refusals_for_withdrawal(facts):
        raise Refused(refusals)
    return enter_withdrawal(view.record, reason=reason, actor_id=actor_id)


def enter_withdrawal(record: StandingRecord, *, reason: str, actor_id: int) -> StandingRecord:
    """The second fact; whoever calls has asked the rules. The grade follows at once."""
    policy = get_rating_policy(clock.today())
    withdrawal = StandingRecord(
        code=new_code("SR"),
        institution_id=record.institution_id,
        kind=StandingKind.WITHDRAWAL,
        points=0,
        policy_version=policy.version,
        happened_on=clock.today(),
        clause=record.clause,
        evidence=cut_personal_numbers(reason.strip()),
        is_public=False,
        withdraws_id=record.id,
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    _save(withdrawal, event="standing.withdrawn", actor_id=actor_id)
    params = {"kind": KIND_LABELS[record.kind], "reason": withdrawal.evidence}
    tell_managers(record.institution_id, kind="standing.withdrawn", params=params)
    return withdrawal


def enter_correction(
    institution_id: int,
    *,
    component: Component,
    successes: int,
    trials: int,
    reason: str,
    appeal_code: str,
    actor_id: int,
) -> StandingRecord:
    """Mend the counts of a component after an appeal; whoever calls has asked the rules."""
    policy = get_rating_policy(clock.today())
    correction = StandingRecord(
        code=new_code("SR"),
        institution_id=institution_id,
        kind=StandingKind.CORRECTION,
        points=0,
        policy_version=policy.version,
        happened_on=clock.today(),
        # What was miscounted leaves the window in time; so does what mends it.
        valid_until=clock.today() + timedelta(days=policy.stars.window_months * 30),
        clause=policy.effects_clause,
        evidence=cut_personal_numbers(reason.strip()),
        is_public=True,
        subject_kind="rating_appeal",
        subject_code=appeal_code,
        component=component,
        successes=successes,
        trials=trials,
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    _save(correction, event="standing.corrected", actor_id=actor_id)
    return correction


def is_staff(institution_id: int, user_id: int) -> bool:
    """Whether a login works for the institution: it decides nothing about it."""
    return any(member.user_id == user_id for member in list_members(institution_id))


def tell_managers(institution_id: int, *, kind: str, params: dict[str, Any]) -> None:
    """Leave a message to everybody who signs for the institution."""
    for manager_id in list_manager_ids(institution_id):
        send_notice(manager_id, kind=kind, params=params, link=STANDING_LINK)


def _enter(
    institution_id: int,
    record: NewRecord,
    *,
    actor_id: int,
    subject: tuple[str, str] | None = None,
) -> StandingRecord:
    policy = get_rating_policy(clock.today())
    settings = policy.setting_for(record.kind)
    entered = StandingRecord(
        code=new_code("SR"),
        institution_id=institution_id,
        kind=record.kind,
        points=settings.points,
        policy_version=policy.version,
        happened_on=record.happened_on,
        valid_until=valid_until(record.happened_on, settings),
        clause=record.clause,
        evidence=record.evidence,
        is_public=settings.is_public,
        subject_kind=subject[0] if subject else None,
        subject_code=subject[1] if subject else None,
        recorded_by=actor_id,
        recorded_at=clock.now(),
    )
    _save(entered, event="standing.recorded", actor_id=actor_id)
    params = {
        "kind": KIND_LABELS[record.kind],
        "points": f"{settings.points:+d}",
        "day": clock.today() + timedelta(days=policy.appeal_days),
    }
    tell_managers(institution_id, kind="standing.recorded", params=params)
    return entered


def _save(record: StandingRecord, *, event: str, actor_id: int) -> None:
    db.session.add(record)
    db.session.flush()
    record_event(
        event,
        subject_kind="institution",
        subject_code=get_institution(record.institution_id).code,
        actor_id=actor_id,
        reason=record.evidence,
        details={
            "record": record.code,
            "kind": record.kind.value,
            "points": record.points,
            "clause": record.clause,
        },
    )
    regrade(record.institution_id)
