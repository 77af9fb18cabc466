"""Where the work of this audience begins."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, fund_officer
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/")
@access(fund_officer)
def show_start() -> str:
    """What to do next."""
    return render_template("fund_managers/start.html")
