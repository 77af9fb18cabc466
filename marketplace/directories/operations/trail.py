"""The audit row of a change of a register."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.directories.rules import RegisterChange


def record_register_event(
    event: str,
    kind: str,
    code: str,
    change: RegisterChange,
    *,
    actor_id: int | None,
    version: int,
) -> None:
    """Who changed which entry, why, by which document, from which day on."""
    record_event(
        event,
        subject_kind=kind,
        subject_code=code,
        actor_id=actor_id,
        reason=change.reason,
        details={
            "version": version,
            "clause": change.clause,
            "effective_on": change.effective_on.isoformat(),
        },
    )
