"""Where a login without any role yet begins."""

from __future__ import annotations

from flask import redirect, render_template
from werkzeug.wrappers import Response

from marketplace.edge.access import access, signed_in
from marketplace.edge.audience import own_audience, start_path
from marketplace.web.accounts.blueprint import blueprint


@blueprint.get("/")
@access(signed_in)
def show_start() -> str | Response:
    """Lead people to their own start page; others are asked who they are."""
    if own_audience() != "accounts":
        return redirect(start_path())
    return render_template("accounts/start.html")
