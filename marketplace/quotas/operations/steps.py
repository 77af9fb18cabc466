"""What was done to a quota, step by step: only ever added to."""

from __future__ import annotations

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.text import tidy
from marketplace.quotas.models import QuotaStep
from marketplace.quotas.queries.quotas import count_steps
from marketplace.quotas.states import QuotaStepKind, QuotaStepState
from marketplace.vouchers.models import EnterpriseQuota

REASON_MAX = 500


def add_step(
    quota: EnterpriseQuota,
    kind: QuotaStepKind,
    places: int,
    reason: str,
    actor_id: int | None,
    *,
    entry_id: int | None = None,
    is_signed: bool = False,
) -> QuotaStep:
    """Propose a step, or write down one that takes one officer only. The quota is held."""
    now = clock.now()
    step = QuotaStep(
        quota_id=quota.id,
        number=count_steps(quota.id) + 1,
        kind=kind,
        state=QuotaStepState.SIGNED if is_signed else QuotaStepState.PROPOSED,
        places=places,
        reason=tidy(reason)[:REASON_MAX],
        proposed_by=actor_id,
        proposed_at=now,
        decided_by=actor_id if is_signed else None,
        decided_at=now if is_signed else None,
        entry_id=entry_id,
    )
    db.session.add(step)
    db.session.flush()
    return step
