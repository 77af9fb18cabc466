"""My private calendar addresses: made once, shown once, ended when I like."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, signed_in
from marketplace.edge.extensions import limiter
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.people.operations.calendar_feeds import (
    create_calendar_feed,
    revoke_calendar_feed,
)
from marketplace.people.queries.calendar_feeds import find_live_calendar_feed
from marketplace.people.states import CalendarFeedKind
from marketplace.web.accounts.blueprint import blueprint


@blueprint.get("/calendars")
@access(signed_in)
def show_calendars() -> str:
    """Which calendars I can subscribe to, and which addresses work."""
    return _page()


@blueprint.post("/calendars/<kind>")
@access(signed_in)
@limiter.limit("10 per minute")
def create_calendar(kind: str) -> str:
    """Make an address and show it, this once; so the answer is a page, not a redirect."""
    wanted = _kind(kind)
    user_id = current_user.user_id
    with write_transaction():
        _feed, secret = create_calendar_feed(user_id, kind=wanted, actor_id=user_id)
    return _page(wanted, url_for("visitors.show_private_calendar", token=secret, _external=True))


@blueprint.post("/calendars/<kind>/revoke")
@access(signed_in)
def revoke_calendar(kind: str) -> Response:
    """End the address; calendars that read it are empty from the next look on."""
    wanted = _kind(kind)
    user_id = current_user.user_id
    with write_transaction():
        revoke_calendar_feed(user_id, kind=wanted, actor_id=user_id)
    flash(_("The address does not work any more."), "success")
    return redirect(url_for("accounts.show_calendars"), 303)


def _kinds() -> list[CalendarFeedKind]:
    """What this login has lessons of."""
    kinds = []
    if current_user.worker_id is not None:
        kinds.append(CalendarFeedKind.MY_CLASSES)
    if current_user.institution_id is not None:
        kinds.append(CalendarFeedKind.INSTITUTION_LESSONS)
    return kinds


def _kind(text: str) -> CalendarFeedKind:
    if text not in list(CalendarFeedKind) or CalendarFeedKind(text) not in _kinds():
        raise NotFound("calendar")
    return CalendarFeedKind(text)


def _page(made: CalendarFeedKind | None = None, address: str | None = None) -> str:
    return render_template(
        "accounts/calendars.html",
        feeds=[(kind, find_live_calendar_feed(current_user.user_id, kind)) for kind in _kinds()],
        made=made,
        address=address,
    )
