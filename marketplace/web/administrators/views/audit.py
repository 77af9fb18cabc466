"""The audit trail: who did what, to what, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TypedDict

from flask import Response as FlaskResponse
from flask import render_template, request, stream_with_context
from flask_babel import gettext

from marketplace.audit.events import EVENT_TEXTS, SUBJECT_TEXTS
from marketplace.audit.models import AuditEvent
from marketplace.audit.queries import each_event, list_events
from marketplace.edge import trail
from marketplace.edge.access import access, administrator
from marketplace.edge.paging import asked_day, asked_page
from marketplace.foundation import clock
from marketplace.foundation.files import csv_text
from marketplace.people.queries import find_user_by_login, list_user_logins
from marketplace.people.rules import normal_login
from marketplace.web.administrators.blueprint import blueprint

NOBODY = -1


class Wanted(TypedDict):
    """The filters of an address, as the query takes them."""

    subject_kind: str | None
    subject_code: str | None
    actor_id: int | None
    event: str | None
    since: datetime | None
    before: datetime | None


@blueprint.get("/audit")
@access(administrator)
def list_audit_events() -> str:
    """The trail, newest first, by subject, event, actor and days."""
    page = list_events(asked_page(size=50), **_wanted())
    return render_template(
        "administrators/audit.html",
        page=page,
        filters={name: _text(name) for name in ("subject_kind", "subject_code", "event", "actor")},
        days={"from": asked_day("from"), "to": asked_day("to")},
        trail=trail,
        logins=list_user_logins({event.actor_id for event in page.items if event.actor_id}),
    )


@blueprint.get("/audit.csv")
@access(administrator)
def download_audit_events() -> FlaskResponse:
    """The same events as a spreadsheet, in words and with their codes."""
    header = [
        gettext("When"),
        gettext("Event"),
        gettext("Event code"),
        gettext("Thing"),
        gettext("Its number"),
        gettext("By"),
        gettext("Reason"),
        gettext("Details"),
        gettext("Request"),
    ]
    lines = csv_text(header, _rows(each_event(**_wanted())))
    answer = FlaskResponse(stream_with_context(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _rows(events: Iterator[AuditEvent]) -> Iterator[tuple[str, ...]]:
    logins: dict[int, str] = {}
    for event in events:
        if event.actor_id and event.actor_id not in logins:
            logins.update(list_user_logins({event.actor_id}))
        yield (
            event.at.astimezone(clock.zone()).isoformat(sep=" ", timespec="seconds"),
            trail.event_words(event.event),
            event.event,
            trail.subject_words(event.subject_kind),
            event.subject_code,
            logins.get(event.actor_id or NOBODY) or gettext("the system"),
            trail.reason_words(event),
            "; ".join(f"{name}: {value}" for name, value in trail.details_in_words(event)),
            event.request_id or "",
        )


def _wanted() -> Wanted:
    """Read the filters; what names nothing that exists filters nothing, an unknown login all."""
    actor = _text("actor")
    user = find_user_by_login(normal_login(actor)) if actor else None
    event, kind = _text("event"), _text("subject_kind")
    return {
        "subject_kind": kind if kind in SUBJECT_TEXTS else None,
        "subject_code": _text("subject_code") or None,
        "event": event if event in EVENT_TEXTS else None,
        "actor_id": (user.id if user else NOBODY) if actor else None,
        "since": trail.first_instant(asked_day("from")),
        "before": trail.instant_after(asked_day("to")),
    }


def _text(name: str) -> str:
    return request.args.get(name, "").strip()[:100]
