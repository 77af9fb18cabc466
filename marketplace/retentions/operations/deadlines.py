"""Another last day for a withheld share: proposed with a reason, signed by a second officer."""

from __future__ import annotations

from datetime import date

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import list_course_run_facts
from marketplace.enrollment.queries import get_enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice
from marketplace.redemption.queries.redemptions import get_redemption
from marketplace.retentions.models import Retention, RetentionDeadline
from marketplace.retentions.queries.deadlines import (
    find_waiting_deadline,
    get_first_due_by,
    lock_retention,
)
from marketplace.retentions.rules import DeadlineFacts, refusals_for_deadline
from marketplace.retentions.states import DeadlineState, RetentionState

REASON_MAX = 1_000


def prepare_deadline(
    retention_id: int, *, due_by: date, reason: str, actor_id: int
) -> RetentionDeadline:
    """Propose a later or an earlier last day (first signature); nothing changes yet.

    Refuses `retention_not_held`, `deadline_waits`, `deadline_same`, `deadline_past`,
    `deadline_before_evidence`, `deadline_too_far`, `deadline_reason_required`.
    """
    retention = lock_retention(retention_id)
    words = tidy(reason)[:REASON_MAX]
    waits = find_waiting_deadline(retention.id) is not None
    _refuse(retention, due_by, words, waits=waits)
    deadline = RetentionDeadline(
        code=new_code("RD"),
        retention_id=retention.id,
        former_due_by=retention.due_by,
        due_by=due_by,
        reason=words,
        state=DeadlineState.PREPARED,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(deadline)
            db.session.flush()
    except IntegrityError as error:  # two makers at once: one proposal waits
        raise Refused(Refusal("deadline_waits", {"share": retention.code})) from error
    _record("retention.deadline_prepared", retention, deadline, actor_id, words)
    return deadline


def approve_deadline(deadline_id: int, *, actor_id: int) -> RetentionDeadline:
    """Sign as the second officer: evidence counts until the new day; the institution is told, and
    warned again before it.

    Refuses `deadline_decided`, `same_person`, `deadline_changed_since`, and what became wrong
    since (`retention_not_held`, `deadline_past`).
    """
    deadline, retention = _locked(deadline_id)
    if deadline.state is DeadlineState.APPROVED and deadline.decided_by == actor_id:
        return deadline
    _refuse_signature(deadline, actor_id)
    if deadline.former_due_by != retention.due_by:
        raise Refused(Refusal("deadline_changed_since"))
    _refuse(retention, deadline.due_by, deadline.reason, waits=False)
    write_decision(deadline, DeadlineState.APPROVED, actor_id=actor_id, reason=None)
    retention.due_by = deadline.due_by
    retention.warned_at = None
    db.session.flush()
    _record("retention.deadline_approved", retention, deadline, actor_id, deadline.reason)
    _tell(retention, deadline)
    return deadline


def reject_deadline(deadline_id: int, *, reason: str, actor_id: int) -> RetentionDeadline:
    """Send a proposal back with a reason; the last day stays.

    Refuses `reason_required`, `deadline_decided`, `same_person`.
    """
    deadline, retention = _locked(deadline_id)
    words = tidy(reason)[:REASON_MAX]
    if not words:
        raise Refused(Refusal("reason_required", field="reason"))
    _refuse_signature(deadline, actor_id)
    write_decision(deadline, DeadlineState.REJECTED, actor_id=actor_id, reason=words)
    _record("retention.deadline_rejected", retention, deadline, actor_id, words)
    return deadline


def _locked(deadline_id: int) -> tuple[RetentionDeadline, Retention]:
    found = db.session.get(RetentionDeadline, deadline_id)
    if found is None:
        raise NotFound("retention_deadline")
    retention = lock_retention(found.retention_id)
    db.session.refresh(found)
    return found, retention


def _refuse(retention: Retention, wanted: date, reason: str, *, waits: bool) -> None:
    facts = DeadlineFacts(
        share_code=retention.code,
        is_held=retention.state is RetentionState.HELD,
        counts_from=retention.counts_from,
        due_by=retention.due_by,
        first_due_by=get_first_due_by(retention),
        wanted=wanted,
        reason=reason,
        waits=waits,
    )
    if refusals := refusals_for_deadline(facts, today=clock.today()):
        raise Refused(refusals)


def _refuse_signature(deadline: RetentionDeadline, actor_id: int) -> None:
    refuse_signature(
        waits=deadline.state is DeadlineState.PREPARED,
        maker_id=deadline.prepared_by,
        actor_id=actor_id,
        decided=Refusal("deadline_decided"),
    )


def _record(
    event: str, retention: Retention, deadline: RetentionDeadline, actor_id: int, reason: str
) -> None:
    record_event(
        event,
        subject_kind="retention",
        subject_code=retention.code,
        actor_id=actor_id,
        reason=reason,
        details={
            "from": deadline.former_due_by.isoformat(),
            "due_by": deadline.due_by.isoformat(),
            "amount_fen": retention.left_fen,
        },
    )


def _tell(retention: Retention, deadline: RetentionDeadline) -> None:
    enrollment = get_enrollment(get_redemption(retention.redemption_id).enrollment_id)
    run = list_course_run_facts([enrollment.course_run_id])[enrollment.course_run_id]
    params: dict[str, Money | str | int | date] = {
        "amount": Money(retention.left_fen, retention.currency),
        "title": run.title,
        "run": run.code,
        "day": deadline.due_by,
        "reason": deadline.reason,
    }
    for manager_id in list_manager_ids(retention.institution_id):
        send_notice(
            manager_id,
            kind="retention.deadline_approved",
            params=params,
            link=f"/institution/retentions?class={run.code}",
        )
