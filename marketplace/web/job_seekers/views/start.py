"""Where a worker begins."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from marketplace.edge.access import access, job_seeker
from marketplace.notices.queries import count_unread_notices
from marketplace.people.queries import list_category_facts
from marketplace.people.states import CategoryFactState
from marketplace.web.job_seekers.blueprint import blueprint

USELESS = (CategoryFactState.REFUSED, CategoryFactState.WITHDRAWN)


@blueprint.get("/")
@access(job_seeker)
def show_start() -> str:
    """What to do next."""
    facts = [
        fact for fact in list_category_facts(current_user.worker_id) if fact.state not in USELESS
    ]
    return render_template(
        "job_seekers/start.html",
        facts=facts,
        waiting=any(fact.state is CategoryFactState.DECLARED for fact in facts),
        unread=count_unread_notices(current_user.user_id),
    )
