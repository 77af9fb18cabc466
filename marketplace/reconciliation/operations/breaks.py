"""Differences: who owns one. What it turned out to be: proposals.py and settling.py."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.reconciliation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.reconciliation.models import ReconciliationBreak
from marketplace.reconciliation.queries.overview import lock_break
from marketplace.reconciliation.states import BreakState


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
