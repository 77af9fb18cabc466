"""The front page."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, anyone
from marketplace.web.visitors.blueprint import blueprint


@blueprint.get("/")
@access(anyone)
def show_home() -> str:
    """What this is, a search box, and where each kind of person goes next."""
    return render_template("visitors/show_home.html")
