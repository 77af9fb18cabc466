"""How a proposal keeps its second signature: who, when, why. Every room writes it the same way."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from marketplace.foundation import clock
from marketplace.foundation.db import db


def write_decision(
    proposal: Any, state: StrEnum, *, actor_id: int | None, reason: str | None
) -> None:
    """Move a row with `state`, `decided_by`, `decided_at` and `decision_reason` to its outcome.

    Whether the officer may sign was decided before, by the rules of the room; the checks and
    triggers of the table hold it again when the row is written.
    """
    proposal.state = state
    proposal.decided_by = actor_id
    proposal.decided_at = clock.now()
    proposal.decision_reason = reason
    db.session.flush()
