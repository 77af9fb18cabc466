"""Private calendar addresses: made, replaced, ended."""

from __future__ import annotations

import secrets

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.people.models import CalendarFeed
from marketplace.people.operations.api_tokens import hash_of
from marketplace.people.queries.calendar_feeds import list_live_calendar_feeds
from marketplace.people.states import CalendarFeedKind


def create_calendar_feed(
    user_id: int, *, kind: CalendarFeedKind, actor_id: int
) -> tuple[CalendarFeed, str]:
    """Give a login a new private address: the row, and the secret, which is never seen again.

    The address it had ends at once: whoever asks for a new one doubts the old one.
    """
    revoke_calendar_feed(user_id, kind=kind, actor_id=actor_id)
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed(
        code=new_code("CF"),
        user_id=user_id,
        kind=kind,
        token_hash=hash_of(secret),
        created_at=clock.now(),
    )
    db.session.add(feed)
    db.session.flush()
    _record("calendar_feed.created", feed, actor_id)
    return feed, secret


def revoke_calendar_feed(user_id: int, *, kind: CalendarFeedKind, actor_id: int) -> None:
    """End a login's private address of a kind; without one nothing happens."""
    for feed in list_live_calendar_feeds(user_id, kind):
        feed.revoked_at = clock.now()
        db.session.flush()
        _record("calendar_feed.revoked", feed, actor_id)


def _record(event: str, feed: CalendarFeed, actor_id: int) -> None:
    record_event(
        event,
        subject_kind="calendar_feed",
        subject_code=feed.code,
        actor_id=actor_id,
        details={"kind": feed.kind.value},
    )
