"""What inspectors saw in my places: read only, beside the holds that came of it."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from marketplace.edge.access import access, fund_officer
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.visit_pages import visit_facts
from marketplace.foundation.errors import NotFound
from marketplace.inspections import labels
from marketplace.inspections.queries import find_visit_in, list_visits_in
from marketplace.inspections.states import VisitState
from marketplace.people.states import Role
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/visits")
@access(fund_officer)
def list_visits() -> str:
    """Submitted visits in my places, newest first."""
    paths = current_user.paths_of(Role.FUND_OFFICER)
    return render_template(
        "fund_managers/list_visits.html",
        page=list_visits_in(paths, asked_page(), state=VisitState.SUBMITTED),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/visits/<code>")
@access(fund_officer)
def show_visit(code: str) -> str:
    """One submitted visit with what it holds back and what the institution says."""
    view = find_visit_in(code, current_user.paths_of(Role.FUND_OFFICER))
    if view is None or view.visit.state is not VisitState.SUBMITTED:
        raise NotFound("inspection_visit")
    return render_template(
        "fund_managers/show_visit.html",
        view=view,
        visit=view.visit,
        labels=labels,
        **visit_facts(view.visit),
    )
