"""Telling people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.notices.models import Notice
from marketplace.notices.states import NOTICE_TEXTS


def send_notice(
    user_id: int, *, kind: str, params: dict[str, Any] | None = None, link: str | None = None
) -> Notice:
    """Leave a message to a login, in the present transaction.

    `kind` has its sentence from `register_notice_texts`; `params` fill it and may hold money and
    dates, which the page writes in the reader's form; `link` is a path of ours.
    """
    assert kind in NOTICE_TEXTS, f"register_notice_texts lacks {kind}"
    assert link is None or link.startswith("/"), "a notice links to a page of ours"
    notice = Notice(
        user_id=user_id,
        kind=kind,
        params={name: _storable(value) for name, value in (params or {}).items()},
        link=link,
        created_at=clock.now(),
    )
    db.session.add(notice)
    db.session.flush()
    return notice


def mark_notice_read(notice_id: int, *, user_id: int) -> None:
    """Note when a message was first read; only by the one it is for."""
    db.session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.user_id == user_id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
    )


def mark_all_notices_read(user_id: int) -> None:
    """Note that everything so far was read."""
    db.session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.read_at.is_(None))
        .values(read_at=clock.now())
    )


def _storable(value: Any) -> Any:
    if isinstance(value, Money):
        return {"fen": value.fen, "currency": value.currency}
    if isinstance(value, datetime):
        value = clock.local_date(value)
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value
