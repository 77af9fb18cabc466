"""Reading links to a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.records.models import RecordLook, RecordShare, RecordShareItem
from marketplace.records.rules import SHARE_TRAININGS_MAX


def lock_share_of_worker(code: str, worker_id: int) -> RecordShare:
    """A holder's own link, ours until the end of the unit of work; another's is not found."""
    share = db.session.scalar(
        select(RecordShare)
        .where(RecordShare.code == code, RecordShare.worker_id == worker_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if share is None:
        raise NotFound("record_share")
    return share


def find_share(share_id: int) -> RecordShare | None:
    """A link by its number."""
    return db.session.get(RecordShare, share_id)


def find_share_by_token(token_hash: str) -> RecordShare | None:
    """The link behind an address, whether it still works or not."""
    return db.session.scalar(select(RecordShare).where(RecordShare.token_hash == token_hash))


def list_enrollment_ids_of_share(share_id: int) -> list[int]:
    """The trainings a link shows."""
    return list(
        db.session.scalars(
            select(RecordShareItem.enrollment_id)
            .where(RecordShareItem.share_id == share_id)
            .order_by(RecordShareItem.enrollment_id)
            .limit(SHARE_TRAININGS_MAX)
        )
    )


def count_live_shares(worker_id: int, *, now: datetime) -> int:
    """How many of a holder's links work."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RecordShare)
            .where(
                RecordShare.worker_id == worker_id,
                RecordShare.ended_at.is_(None),
                RecordShare.expires_at >= now,
            )
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class ShareItem:
    """A link in its holder's list."""

    share: RecordShare
    trainings: int
    looks: int


def list_shares_of_worker(worker_id: int, page: PageRequest) -> Page[ShareItem]:
    """A holder's links, newest first, with how often each was opened."""
    wanted = select(RecordShare).where(RecordShare.worker_id == worker_id)
    counted = wanted.with_only_columns(RecordShare.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    shares = db.session.scalars(
        wanted.order_by(RecordShare.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    trainings, looks = _counts([share.id for share in shares])
    items = [
        ShareItem(share, trainings.get(share.id, 0), looks.get(share.id, 0)) for share in shares
    ]
    return Page(items, total, page.number, page.limit)


def _counts(share_ids: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    trainings = db.session.execute(
        select(RecordShareItem.share_id, func.count())
        .where(RecordShareItem.share_id.in_(share_ids))
        .group_by(RecordShareItem.share_id)
        .order_by(RecordShareItem.share_id)
        .limit(len(share_ids))
    )
    looks = db.session.execute(
        select(RecordLook.share_id, func.count())
        .where(RecordLook.share_id.in_(share_ids))
        .group_by(RecordLook.share_id)
        .order_by(RecordLook.share_id)
        .limit(len(share_ids))
    )
    return {key: count for key, count in trainings}, {key: count for key, count in looks if key}
