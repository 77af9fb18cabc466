"""Differences: who owns one, and what it turned out to be."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import ReconciliationBreak, StatementLine
from marketplace.reconciliation.queries.overview import lock_break
from marketplace.reconciliation.states import BreakState, StatementLineState


def explain_break(break_id: int, *, explanation: str, actor_id: int) -> ReconciliationBreak:
    """An officer says what a difference is (a bank fee, interest, another office's money).

    Refuses `explanation_required`, `break_already_closed`. Posts nothing.
    """
    item = lock_break(break_id)
    words = tidy(explanation)
    if item.state == BreakState.EXPLAINED and item.explained_by == actor_id:
        return item
    if item.state != BreakState.OPEN:
        raise Refused(Refusal("break_already_closed"))
    if len(words) < 2:
        raise Refused(Refusal("explanation_required", field="explanation"))
    item.state = BreakState.EXPLAINED
    item.explanation = words[:1000]
    item.explained_by = actor_id
    item.explained_at = clock.now()
    line = db.session.get_one(StatementLine, item.statement_line_id)
    line.state = StatementLineState.EXPLAINED
    db.session.flush()
    record_event(
        "break.explained",
        subject_kind="break",
        subject_code=item.code,
        actor_id=actor_id,
        reason=item.explanation,
        details={"amount_fen": item.amount_fen, "cause": item.cause},
    )
    return item


def take_break(break_id: int, *, actor_id: int) -> ReconciliationBreak:
    """An officer makes a difference their own to clear up. Refuses `break_already_closed`."""
    item = lock_break(break_id)
    if item.state != BreakState.OPEN:
        raise Refused(Refusal("break_already_closed"))
    if item.owner_id != actor_id:
        item.owner_id = actor_id
        db.session.flush()
        record_event("break.taken", subject_kind="break", subject_code=item.code, actor_id=actor_id)
    return item
