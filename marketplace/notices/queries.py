"""Reading notices."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.notices.models import Notice


def list_notices(user_id: int, page: PageRequest) -> Page[Notice]:
    """A login's messages, newest first."""
    wanted = select(Notice).where(Notice.user_id == user_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(Notice.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def count_unread_notices(user_id: int) -> int:
    """How many messages were not read yet."""
    return (
        db.session.scalar(
            select(func.count()).where(Notice.user_id == user_id, Notice.read_at.is_(None))
        )
        or 0
    )


def find_notice(notice_id: int, *, user_id: int) -> Notice | None:
    """One message, for the one it is for."""
    return db.session.scalar(
        select(Notice).where(Notice.id == notice_id, Notice.user_id == user_id)
    )


def params_of(notice: Notice) -> dict[str, Any]:
    """The values of a message as they were given: money as Money, days as dates."""
    return {name: _restored(value) for name, value in notice.params.items()}


def _restored(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"fen", "currency"}:
        return Money(value["fen"], value["currency"])
    if isinstance(value, dict) and set(value) == {"day"}:
        return date.fromisoformat(value["day"])
    return value
