"""Reading private calendar addresses."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.people.models import CalendarFeed, User
from marketplace.people.states import CalendarFeedKind, UserState


def find_live_calendar_feed(user_id: int, kind: CalendarFeedKind) -> CalendarFeed | None:
    """The address of a login that works now; its secret is not known to us."""
    return db.session.scalar(
        select(CalendarFeed)
        .where(
            CalendarFeed.user_id == user_id,
            CalendarFeed.kind == kind,
            CalendarFeed.revoked_at.is_(None),
        )
        .order_by(CalendarFeed.id.desc())
        .limit(1)
    )


def list_live_calendar_feeds(user_id: int, kind: CalendarFeedKind) -> Sequence[CalendarFeed]:
    """All addresses of a login that work now; more than one only after a race."""
    return db.session.scalars(
        select(CalendarFeed)
        .where(
            CalendarFeed.user_id == user_id,
            CalendarFeed.kind == kind,
            CalendarFeed.revoked_at.is_(None),
        )
        .order_by(CalendarFeed.id)
        .limit(50)
    ).all()


def find_calendar_feed_and_user(token_hash: str) -> tuple[CalendarFeed, User] | None:
    """Whose address this is, while it works and its login does."""
    row = db.session.execute(
        select(CalendarFeed, User)
        .join(User, User.id == CalendarFeed.user_id)
        .where(
            CalendarFeed.token_hash == token_hash,
            CalendarFeed.revoked_at.is_(None),
            User.state == UserState.ACTIVE,
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])
