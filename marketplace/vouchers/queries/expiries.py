"""Unused vouchers that end soon: whom to tell, whom to tell again, who knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from marketplace.foundation.db import db
from marketplace.vouchers.models import ExpiryNotice, Voucher
from marketplace.vouchers.queries.vouchers import paid_within
from marketplace.vouchers.states import VoucherState

NOTICE_DAYS = 14
"""So many days before its last day the holder of an unused voucher is told."""
REMINDER_DAYS = 3
"""So many days before it they are told again, if they have not acknowledged the first notice."""
_UNUSED = Voucher.state.in_((VoucherState.OFFERED, VoucherState.ACTIVE))


def list_vouchers_to_announce(*, on: date, limit: int) -> Sequence[Voucher]:
    """Unused vouchers whose last day is near and whose holder has not been told."""
    return db.session.scalars(
        select(Voucher)
        .where(_to_announce(on))
        .order_by(Voucher.expires_on, Voucher.id)
        .limit(limit)
    ).all()


def count_vouchers_to_announce(*, on: date) -> int:
    """How many holders would be told today."""
    return db.session.scalar(select(func.count(Voucher.id)).where(_to_announce(on))) or 0


def list_notices_to_repeat(*, on: date, limit: int) -> Sequence[tuple[ExpiryNotice, Voucher]]:
    """Notices nobody has acknowledged, of unused vouchers whose last day is very near."""
    rows = db.session.execute(
        select(ExpiryNotice, Voucher)
        .join(Voucher, Voucher.id == ExpiryNotice.voucher_id)
        .where(
            ExpiryNotice.acknowledged_at.is_(None),
            ExpiryNotice.reminded_at.is_(None),
            _UNUSED,
            Voucher.expires_on.between(on, on + timedelta(days=REMINDER_DAYS)),
        )
        .order_by(ExpiryNotice.id)
        .limit(limit)
    )
    return [(notice, voucher) for notice, voucher in rows]


def find_expiry_notice(voucher_id: int) -> ExpiryNotice | None:
    """What a holder was told about the end of a voucher."""
    return db.session.scalar(select(ExpiryNotice).where(ExpiryNotice.voucher_id == voucher_id))


def list_open_notices_of_worker(worker_id: int) -> Sequence[Voucher]:
    """A worker's unused vouchers that end soon and whose notice they have not acknowledged."""
    return db.session.scalars(
        select(Voucher)
        .join(ExpiryNotice, ExpiryNotice.voucher_id == Voucher.id)
        .where(Voucher.worker_id == worker_id, ExpiryNotice.acknowledged_at.is_(None), _UNUSED)
        .order_by(Voucher.expires_on, Voucher.id)
        .limit(20)
    ).all()


def count_unacknowledged(scheme_id: int, *, on: date, paths: Sequence[str]) -> int:
    """Unused vouchers of a scheme that end soon, whose holders have not said that they know."""
    return (
        db.session.scalar(
            select(func.count(Voucher.id))
            .join(ExpiryNotice, ExpiryNotice.voucher_id == Voucher.id)
            .where(
                Voucher.scheme_id == scheme_id,
                Voucher.expires_on >= on,
                ExpiryNotice.acknowledged_at.is_(None),
                _UNUSED,
                paid_within(paths),
            )
        )
        or 0
    )


def _to_announce(on: date) -> ColumnElement[bool]:
    told = (
        select(ExpiryNotice.id)
        .where(ExpiryNotice.voucher_id == Voucher.id)
        .correlate(Voucher)
        .exists()
    )
    near = Voucher.expires_on.between(on, on + timedelta(days=NOTICE_DAYS))
    return _UNUSED & near & ~told
