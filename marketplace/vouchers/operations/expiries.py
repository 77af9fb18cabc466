"""Telling holders that an unused voucher ends soon, until they say that they know."""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import list_user_ids_of_workers
from marketplace.vouchers.models import ExpiryNotice, Voucher
from marketplace.vouchers.queries.expiries import (
    find_expiry_notice,
    list_notices_to_repeat,
    list_vouchers_to_announce,
)
from marketplace.vouchers.queries.schemes import get_scheme_version
from marketplace.vouchers.queries.vouchers import lock_voucher

TOLD_AT_ONCE = 200


def announce_expiries() -> int:
    """Tell the next holders, two weeks before the last day; 0 when everybody was told.

    Once per voucher. Somebody without a login is noted as told all the same: the office sees
    that nobody has acknowledged it, and telephones.
    """
    vouchers = list_vouchers_to_announce(on=clock.today(), limit=TOLD_AT_ONCE)
    users = list_user_ids_of_workers([voucher.worker_id for voucher in vouchers])
    for voucher in vouchers:
        db.session.add(ExpiryNotice(voucher_id=voucher.id, told_at=clock.now()))
        _tell(voucher, users.get(voucher.worker_id))
    db.session.flush()
    if vouchers:
        _record("voucher.expiry_announced", vouchers[0].code, None, count=len(vouchers))
    return len(vouchers)


def repeat_announcements() -> int:
    """Tell again who has not acknowledged it shortly before the last day; 0 when none is left."""
    found = list_notices_to_repeat(on=clock.today(), limit=TOLD_AT_ONCE)
    users = list_user_ids_of_workers([voucher.worker_id for _notice, voucher in found])
    for notice, voucher in found:
        notice.reminded_at = clock.now()
        _tell(voucher, users.get(voucher.worker_id))
    db.session.flush()
    return len(found)


def acknowledge_expiry(voucher_id: int, *, worker_id: int, actor_id: int | None) -> ExpiryNotice:
    """The holder knows when the voucher ends. Saying it twice changes nothing; another's voucher,
    and one nobody was told about, is not found."""
    voucher = lock_voucher(voucher_id)
    notice = find_expiry_notice(voucher_id)
    if voucher.worker_id != worker_id or notice is None:
        raise NotFound("voucher", voucher_id)
    if notice.acknowledged_at is None:
        notice.acknowledged_at = clock.now()
        db.session.flush()
        _record("voucher.expiry_acknowledged", voucher.code, actor_id)
    return notice


def _tell(voucher: Voucher, user_id: int | None) -> None:
    if user_id is None:
        return
    title = get_scheme_version(voucher.scheme_version_id).title
    send_notice(
        user_id,
        kind="voucher.expiring",
        params={"title": title, "expires_on": voucher.expires_on},
        link=f"/me/vouchers/{voucher.code}",
    )


def _record(event: str, code: str, actor_id: int | None, *, count: int | None = None) -> None:
    record_event(
        event,
        subject_kind="voucher",
        subject_code=code,
        actor_id=actor_id,
        details={} if count is None else {"vouchers": count},
    )
