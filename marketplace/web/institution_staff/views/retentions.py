"""What is withheld from the institution: for what, until when, and what it can do."""

from __future__ import annotations

from flask import Response, current_app, render_template
from flask_login import current_user

from marketplace.edge.access import access, institution_staff
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.retentions import DUE_SOON, asked_retentions, retention_file
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.queries import get_institution
from marketplace.people.queries.workers import list_worker_masks
from marketplace.reporting.labels import ENTRY_LABELS
from marketplace.reporting.queries import list_ledger_lines
from marketplace.retentions import labels
from marketplace.retentions.queries.deadlines import list_changes
from marketplace.retentions.queries.listing import get_retention_totals, list_retentions
from marketplace.web.institution_staff.blueprint import blueprint

ENTRIES_SHOWN = 50


@blueprint.get("/retentions", endpoint="list_retentions")
@access(institution_staff)
def show_retentions() -> str:
    """Every withheld share of our classes; learners are masked."""
    wanted = asked_retentions(("",), institution_id=current_user.institution_id)
    page = list_retentions(asked_page(), wanted)
    return render_template(
        "institution_staff/list_retentions.html",
        page=page,
        entries=list_ledger_lines(
            f"retention:institution:{get_institution(current_user.institution_id).code}",
            PageRequest(1, ENTRIES_SHOWN),
        ),
        entry_labels=ENTRY_LABELS,
        masks=list_worker_masks([row.worker_id for row in page.items]),
        changes=list_changes([row.retention.id for row in page.items]),
        wanted=wanted,
        totals=get_retention_totals(wanted),
        labels=labels,
        due_soon=DUE_SOON,
        currency=current_app.config["CURRENCY"],
        page_url=page_url,
    )


@blueprint.get("/retentions.csv")
@access(institution_staff)
def download_retentions() -> Response:
    """The same as a file."""
    return retention_file(asked_retentions(("",), institution_id=current_user.institution_id))
