"""Where the work of this audience begins."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, institution_staff
from marketplace.web.institution_staff.blueprint import blueprint


@blueprint.get("/")
@access(institution_staff)
def show_start() -> str:
    """What to do next."""
    return render_template("institution_staff/start.html")
