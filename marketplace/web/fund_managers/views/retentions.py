"""Money withheld until milestones: how long, for what, and what goes back soon."""

from __future__ import annotations

from flask import Response, current_app, render_template

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.retentions import DUE_SOON, asked_retentions, retention_file
from marketplace.retentions import labels
from marketplace.retentions.queries.listing import get_retention_totals, list_retentions
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/retentions", endpoint="list_retentions")
@access(officer)
def show_retentions() -> str:
    """What is withheld from institutions of these places, what goes back first on top."""
    wanted = asked_retentions(officer_paths())
    return render_template(
        "fund_managers/list_retentions.html",
        page=list_retentions(asked_page(), wanted),
        wanted=wanted,
        totals=get_retention_totals(wanted),
        labels=labels,
        due_soon=DUE_SOON,
        currency=current_app.config["CURRENCY"],
        page_url=page_url,
    )


@blueprint.get("/retentions.csv")
@access(officer)
def download_retentions() -> Response:
    """The same as a file."""
    return retention_file(asked_retentions(officer_paths()))
