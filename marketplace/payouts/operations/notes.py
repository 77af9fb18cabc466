"""What every step of a payout writes down."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.payouts.models import Payout, PayoutBatch
from marketplace.payouts.states import PayoutState


def change_state(payout: Payout, state: PayoutState) -> None:
    """A payout enters a state now."""
    payout.state = state
    payout.changed_at = clock.now()


def record_payout_event(
    event: str,
    batch: PayoutBatch,
    actor_id: int | None,
    details: dict[str, object],
    *,
    reason: str | None = None,
) -> None:
    """An event of a batch for the audit trail: what, by whom, with what, why."""
    record_event(
        event,
        subject_kind="payout_batch",
        subject_code=batch.code,
        actor_id=actor_id,
        reason=reason,
        details={"control_sum_fen": batch.control_sum_fen, **details},
    )
