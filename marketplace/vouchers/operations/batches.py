"""Vouchers for many people at once: decided in SQL, written in bulk, slice by slice.

A slice is one unit of work: its people are held, decided by one statement, written in bulk, and
their face values committed by one entry per allotment, of whichever fund it is. A batch that
stops anywhere goes on after its last slice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.bulk import copy_rows
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.funding.operations.shares import save_shares_of_batch
from marketplace.funds.entries import available
from marketplace.jobs.models import Job
from marketplace.jobs.operations import enqueue_job
from marketplace.ledger.operations import post_entries
from marketplace.ledger.queries import find_account_ids, lock_balances
from marketplace.vouchers.entries import entry_for_batch
from marketplace.vouchers.models import IssueBatch, IssueBatchMember, Voucher
from marketplace.vouchers.operations.lifecycle import expire_voucher
from marketplace.vouchers.queries.batches import (
    count_workers,
    find_last_worker_id,
    list_allotment_codes,
    list_overdue_ids,
    list_voucher_ids_by_worker,
    lock_batch,
    lock_workers,
)
from marketplace.vouchers.queries.pools import Pool
from marketplace.vouchers.queries.schemes import (
    SchemeInForce,
    find_scheme_in_force,
    get_offer,
    get_scheme,
    lock_scheme,
)
from marketplace.vouchers.queries.slices import Purse, SliceDecision, decide_slice, open_purse
from marketplace.vouchers.states import VoucherKind, VoucherOrigin, VoucherState

JOB_KIND = "issue_vouchers"
POOLED_SLICE_WORKERS = 1_000
"""Fewer where several funds pay: each share is proved against the rest of its entry."""
SLICE_WORKERS = 20_000
"""People decided in one unit of work: a second or two, during which the only writer SQLite has
is busy, and on PostgreSQL the people of the slice and the scheme's allotments are held."""


def start_batch(
    scheme_id: int, *, worker_ids: Sequence[int] | None, actor_id: int | None
) -> IssueBatch:
    """Begin to issue a targeted voucher to the named workers, or to whoever fulfils the rules.

    Nobody is decided yet: `issue_slice` does that. The batch keeps the version in force today.
    Refuses `scheme_not_in_force` and `scheme_not_targeted`.
    """
    offer = get_targeted_offer(scheme_id)
    members = sorted(set(worker_ids)) if worker_ids is not None else None
    batch = IssueBatch(
        code=new_code("VB"),
        scheme_version_id=offer.version.id,
        is_for_everybody=members is None,
        issued_on=clock.today(),
        last_worker_id=0,
        slices=0,
        total_workers=count_workers() if members is None else len(members),
        done_workers=0,
        issued=0,
        held=0,
        committed_fen=0,
        refusals={},
        requested_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    if members is not None:
        rows = [(worker_id,) for worker_id in members]
        copy_rows(IssueBatchMember, ["worker_id"], rows, same={"batch_id": batch.id})
    _record("issue_batch.started", batch, scheme=offer.scheme.code, people=batch.total_workers)
    return batch


def request_batch(
    scheme_id: int, *, worker_ids: Sequence[int] | None, actor_id: int | None
) -> tuple[IssueBatch, Job]:
    """The same in the background: the batch and the job that issues it."""
    batch = start_batch(scheme_id, worker_ids=worker_ids, actor_id=actor_id)
    job = enqueue_job(
        JOB_KIND,
        payload={"batch_id": batch.id, "batch": batch.code},
        requested_by=actor_id,
        dedupe_key=f"{JOB_KIND}:{batch.code}",
    )
    return batch, job


def issue_slice(batch_id: int, *, workers: int = SLICE_WORKERS) -> IssueBatch:
    """Decide and issue to the next people of a batch; the last slice finishes it.

    Once finished, again changes nothing. Entries: voucher.batch_issued for each allotment that
    pays, available → committed. Vouchers of the scheme whose last day has passed are ended first,
    as a claim does.
    """
    issue_next_slice(batch_id, workers=workers)
    return lock_batch(batch_id)


def issue_next_slice(batch_id: int, *, workers: int) -> SliceDecision | None:
    """The same for who wants to know what became of each of the next people; empty: the batch is
    finished, and nobody was left."""
    batch = lock_batch(batch_id)
    if batch.finished_at is not None:
        return None
    today, offer = clock.today(), get_offer(batch.scheme_version_id)
    if _is_valued(offer) and offer.is_pooled:
        workers = min(workers, POOLED_SLICE_WORKERS)
    after, members = batch.last_worker_id, None if batch.is_for_everybody else batch.id
    upto = find_last_worker_id(after=after, limit=workers, batch_id=members)
    if upto is None:
        _finish(batch)
        return None
    lock_workers(after=after, upto=upto, batch_id=members)
    if offer.policy.category_caps:
        lock_scheme(offer.scheme.id)
    for voucher_id in list_overdue_ids(offer.scheme.id, after=after, upto=upto, on=today):
        expire_voucher(voucher_id, actor_id=None)
    purse = _open_purse(offer, today)
    decision = decide_slice(offer, purse=purse, on=today, after=after, upto=upto, batch_id=members)
    _write_vouchers(batch, offer, decision, today)
    entry_ids = _commit_values(batch, offer, decision, today)
    if purse.pool and decision.shares:
        _save_shares(batch, decision, purse.pool, entry_ids)
    _count(batch, decision)
    if decision.vouchers:
        _record(
            "issue_batch.slice_issued",
            batch,
            slice=batch.slices,
            issued=len(decision.vouchers),
            committed_fen=_sum(decision),
        )
    return decision


def get_targeted_offer(scheme_id: int) -> SchemeInForce:
    """The version of today of a scheme that officers issue.

    Refuses `scheme_not_in_force`, `scheme_not_targeted`.
    """
    get_scheme(scheme_id)
    offer = find_scheme_in_force(scheme_id, on=clock.today())
    if offer is None:
        raise Refused(Refusal("scheme_not_in_force", {"day": clock.today()}))
    if VoucherOrigin.ISSUED not in offer.policy.ways_out:
        raise Refused(Refusal("scheme_not_targeted"))
    return offer


def _is_valued(offer: SchemeInForce) -> bool:
    """Whether issuing promises money already."""
    return offer.policy.kind is VoucherKind.FACE_VALUE


def _open_purse(offer: SchemeInForce, today: date) -> Purse:
    """What is left; ours until the end of the unit of work where issuing promises it."""
    purse = open_purse(offer, on=today)
    if not _is_valued(offer):
        return purse
    _hold_money(purse.allotment_ids)
    return open_purse(offer, on=today)


def _hold_money(allotment_ids: Sequence[int]) -> None:
    """The allotments that may pay are ours, so that what is decided can be committed."""
    codes = list_allotment_codes(allotment_ids)
    lock_balances(find_account_ids([available(code) for code in codes.values()]).values())


def _write_vouchers(
    batch: IssueBatch, offer: SchemeInForce, decision: SliceDecision, today: date
) -> None:
    policy, now = offer.policy, clock.now()
    same = {
        "scheme_id": offer.scheme.id,
        "scheme_version_id": offer.version.id,
        "kind": policy.kind,
        "origin": VoucherOrigin.ISSUED,
        "state": VoucherState.OFFERED,
        "value_fen": policy.value_when_given_fen,
        "issued_on": today,
        "valid_from": today,
        # Day one is the day of issue: 90 days end on the 90th day.
        "expires_on": today + timedelta(days=policy.validity_days.value - 1),
        "batch_id": batch.id,
        "is_pooled": offer.is_pooled,
        "created_at": now,
        "changed_at": now,
    }
    rows = ((new_code("VC", 17), *voucher) for voucher in decision.vouchers)
    copy_rows(Voucher, ["code", "worker_id", "allotment_id", "category"], rows, same=same)


def _commit_values(
    batch: IssueBatch, offer: SchemeInForce, decision: SliceDecision, today: date
) -> dict[int, int]:
    """Allotment -> the entry that commits what the slice gives of it."""
    amounts = {key: fen for key, fen in decision.committed_fen().items() if fen}
    codes = list_allotment_codes(list(amounts))
    drafts = [
        entry_for_batch(
            batch.code,
            number=batch.slices + 1,
            allotment_code=codes[allotment_id],
            amount=Money(fen, offer.fund.currency),
            effective_on=today,
        )
        for allotment_id, fen in amounts.items()
    ]
    if not drafts:
        return {}
    return dict(zip(amounts, post_entries(drafts, actor_id=batch.requested_by), strict=True))


def _save_shares(
    batch: IssueBatch, decision: SliceDecision, pool: Pool, entry_ids: dict[int, int]
) -> None:
    """Which fund promised what of each voucher of the slice."""
    vouchers = list_voucher_ids_by_worker(
        batch.id, after=batch.last_worker_id, upto=decision.upto, limit=len(decision.shares)
    )
    shares = (
        (vouchers[worker_id], pool.facts[worker_id], parts)
        for worker_id, parts in decision.shares.items()
    )
    save_shares_of_batch(shares, entry_ids=entry_ids)


def _count(batch: IssueBatch, decision: SliceDecision) -> None:
    batch.last_worker_id = decision.upto
    batch.slices += 1
    batch.total_workers = max(batch.total_workers, batch.done_workers + decision.people)
    batch.done_workers += decision.people
    batch.issued += len(decision.vouchers)
    batch.held += decision.held
    batch.committed_fen += _sum(decision)
    batch.refusals = dict(sorted((Counter(batch.refusals) + decision.refusals).items()))
    db.session.flush()


def _finish(batch: IssueBatch) -> None:
    batch.finished_at = clock.now()
    db.session.flush()
    _record("issue_batch.finished", batch, issued=batch.issued, committed_fen=batch.committed_fen)


def _sum(decision: SliceDecision) -> int:
    return len(decision.vouchers) * decision.cost_fen


def _record(event: str, batch: IssueBatch, **details: object) -> None:
    record_event(
        event,
        subject_kind="issue_batch",
        subject_code=batch.code,
        actor_id=batch.requested_by,
        details=details,
    )
