"""Signing in."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, anyone
from marketplace.web.accounts.blueprint import blueprint


@blueprint.get("/sign-in")
@access(anyone)
def sign_in() -> str:
    """The sign-in page."""
    return render_template("accounts/sign_in.html")
