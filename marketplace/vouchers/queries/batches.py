"""Reading batches of vouchers and whom they are for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.funds.models import Allotment
from marketplace.people.models import Worker
from marketplace.vouchers.models import IssueBatch, IssueBatchMember, Voucher
from marketplace.vouchers.states import VoucherState


def lock_batch(batch_id: int) -> IssueBatch:
    """A batch, held until the end of the unit of work: one slice at a time."""
    batch = db.session.scalar(
        select(IssueBatch)
        .where(IssueBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if batch is None:
        raise NotFound("batch of vouchers", batch_id)
    return batch


def find_batch_by_code(code: str) -> IssueBatch | None:
    """A batch by its public code."""
    return db.session.scalar(select(IssueBatch).where(IssueBatch.code == code))


def list_batches(scheme_version_ids: Sequence[int], *, limit: int = 50) -> Sequence[IssueBatch]:
    """The batches of some scheme versions, newest first."""
    return db.session.scalars(
        select(IssueBatch)
        .where(IssueBatch.scheme_version_id.in_(scheme_version_ids))
        .order_by(IssueBatch.id.desc())
        .limit(limit)
    ).all()


def count_workers() -> int:
    """Everybody who is registered."""
    return db.session.scalar(select(func.count()).select_from(Worker)) or 0


def find_last_worker_id(*, after: int, limit: int, batch_id: int | None) -> int | None:
    """Up to whom the next slice goes: so many people, or all that are left; empty: nobody is."""
    if batch_id is None:
        people = select(Worker.id).where(Worker.id > after)
    else:
        people = select(IssueBatchMember.worker_id.label("id")).where(
            IssueBatchMember.batch_id == batch_id, IssueBatchMember.worker_id > after
        )
    next_ones = people.order_by("id").limit(limit).subquery()
    last: int | None = db.session.scalar(select(func.max(next_ones.c.id)))
    return last


def lock_workers(*, after: int, upto: int, batch_id: int | None) -> int:
    """The people of a slice, held: the limits per person count rows of several schemes, so one
    act that gives vouchers to a person at a time. How many they are."""
    people = select(Worker.id).where(Worker.id > after, Worker.id <= upto)
    if batch_id is not None:
        members = select(IssueBatchMember.worker_id).where(
            IssueBatchMember.batch_id == batch_id,
            IssueBatchMember.worker_id > after,
            IssueBatchMember.worker_id <= upto,
        )
        people = people.where(Worker.id.in_(members))
    held = people.order_by(Worker.id).with_for_update().cte("held")
    return db.session.scalar(select(func.count()).select_from(held)) or 0


def list_overdue_ids(scheme_id: int, *, after: int, upto: int, on: date) -> Sequence[int]:
    """Vouchers of a scheme whose last day has passed, but that nobody has ended yet."""
    return db.session.scalars(
        select(Voucher.id)
        .where(
            Voucher.scheme_id == scheme_id,
            Voucher.worker_id > after,
            Voucher.worker_id <= upto,
            Voucher.state.in_((VoucherState.OFFERED, VoucherState.ACTIVE)),
            Voucher.expires_on < on,
        )
        .order_by(Voucher.id)
        .limit(upto - after)
    ).all()


def list_voucher_ids_by_worker(
    batch_id: int, *, after: int, upto: int, limit: int
) -> dict[int, int]:
    """Whose voucher is which, among the people of a slice."""
    rows = db.session.execute(
        select(Voucher.worker_id, Voucher.id)
        .where(Voucher.batch_id == batch_id, Voucher.worker_id > after, Voucher.worker_id <= upto)
        .order_by(Voucher.worker_id)
        .limit(limit)
    )
    return {worker_id: voucher_id for worker_id, voucher_id in rows}


def list_unclaimed_ids(batch_id: int, *, limit: int) -> Sequence[int]:
    """Vouchers of a batch that wait to be accepted, in one order for everybody."""
    return db.session.scalars(
        select(Voucher.id)
        .where(Voucher.batch_id == batch_id, Voucher.state == VoucherState.OFFERED)
        .order_by(Voucher.id)
        .limit(limit)
    ).all()


def list_allotment_codes(allotment_ids: Sequence[int]) -> dict[int, str]:
    """The public codes of some allotments."""
    rows = db.session.execute(
        select(Allotment.id, Allotment.code)
        .where(Allotment.id.in_(allotment_ids))
        .order_by(Allotment.id)
        .limit(len(allotment_ids) or 1)
    )
    return {allotment_id: code for allotment_id, code in rows}
