"""Undoing a batch: what nobody has accepted yet is taken back, in the background."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy
from marketplace.jobs.models import Job
from marketplace.jobs.operations import enqueue_job
from marketplace.vouchers.models import IssueBatch
from marketplace.vouchers.operations.lifecycle import revoke_voucher
from marketplace.vouchers.queries.batches import list_unclaimed_ids, lock_batch

JOB_KIND = "revoke_batch"
REVOKED_AT_ONCE = 100


def request_revocation(batch_id: int, *, reason: str, actor_id: int | None) -> Job:
    """Take every voucher of a batch back that nobody has accepted; the runner does it.

    What was accepted, is tied to a class or used stays. Refuses without a reason, and while the
    batch is still issuing (`batch_not_finished`).
    """
    batch = lock_batch(batch_id)
    if not tidy(reason):
        raise Refused(Refusal("revocation_reason_required", field="reason"))
    if batch.finished_at is None:
        raise Refused(Refusal("batch_not_finished"))
    job = enqueue_job(
        JOB_KIND,
        payload={"batch_id": batch.id, "reason": tidy(reason), "actor_id": actor_id},
        requested_by=actor_id,
        dedupe_key=f"{JOB_KIND}:{batch.code}",
    )
    _record("issue_batch.revocation_asked", batch, actor_id, reason=tidy(reason))
    return job


def revoke_unclaimed(batch_id: int, *, reason: str, actor_id: int | None) -> int:
    """Revoke the next vouchers of a batch that wait to be accepted; 0 when none is left.

    Entries for face value: voucher.revoked, committed → available.
    """
    batch = lock_batch(batch_id)
    unclaimed = list_unclaimed_ids(batch_id, limit=REVOKED_AT_ONCE)
    for voucher_id in unclaimed:
        revoke_voucher(voucher_id, reason=reason, actor_id=actor_id)
    if unclaimed:
        _record("issue_batch.vouchers_revoked", batch, actor_id, vouchers=len(unclaimed))
    return len(unclaimed)


def _record(
    event: str,
    batch: IssueBatch,
    actor_id: int | None,
    *,
    reason: str | None = None,
    vouchers: int | None = None,
) -> None:
    record_event(
        event,
        subject_kind="issue_batch",
        subject_code=batch.code,
        actor_id=actor_id,
        reason=reason,
        details={} if vouchers is None else {"vouchers": vouchers},
    )
