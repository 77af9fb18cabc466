"""Where we stand, and how it came to be."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from marketplace.edge.access import access, institution_staff
from marketplace.edge.paging import asked_day
from marketplace.foundation import clock
from marketplace.institutions.queries import get_institution, get_state_on, list_state_facts
from marketplace.institutions.rules import STATE_WORDS
from marketplace.web.institution_staff.blueprint import blueprint


@blueprint.get("/state")
@access(institution_staff)
def show_institution_state() -> str:
    """Every decision about us with its day, clause and reason; and where we stood on a day."""
    institution = get_institution(current_user.institution_id)
    on = asked_day("on") or clock.today()
    return render_template(
        "institution_staff/show_institution_state.html",
        institution=institution,
        facts_of_standing=list(reversed(list_state_facts(institution.id))),
        on=on,
        state_then=get_state_on(institution, on),
        state_words=STATE_WORDS,
    )
