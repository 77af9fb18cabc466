"""The audit trail: who did what, to what, when and why."""

from __future__ import annotations

from flask import render_template, request

from marketplace.audit.queries import list_events
from marketplace.edge.access import access, administrator
from marketplace.edge.paging import asked_page
from marketplace.people.queries import find_user_by_login, list_user_logins
from marketplace.people.rules import normal_login
from marketplace.web.administrators.blueprint import blueprint

NOBODY = -1


@blueprint.get("/audit")
@access(administrator)
def list_audit_events() -> str:
    """The trail, newest first, by subject, event and actor."""
    filters = {
        name: request.args.get(name, "").strip()[:100]
        for name in ("subject_kind", "subject_code", "event", "actor")
    }
    actor_id = None
    if filters["actor"]:
        user = find_user_by_login(normal_login(filters["actor"]))
        actor_id = user.id if user else NOBODY
    page = list_events(
        asked_page(size=50),
        subject_kind=filters["subject_kind"] or None,
        subject_code=filters["subject_code"] or None,
        event=filters["event"] or None,
        actor_id=actor_id,
    )
    return render_template(
        "administrators/audit.html",
        page=page,
        filters=filters,
        logins=list_user_logins({event.actor_id for event in page.items if event.actor_id}),
    )
