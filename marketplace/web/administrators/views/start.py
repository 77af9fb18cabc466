"""Where the work of this audience begins."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, administrator
from marketplace.web.administrators.blueprint import blueprint


@blueprint.get("/")
@access(administrator)
def show_start() -> str:
    """What to do next."""
    return render_template("administrators/start.html")
