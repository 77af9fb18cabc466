"""Where an administrator begins."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from marketplace.edge.access import access, administrator
from marketplace.people.queries import get_user, list_second_factors
from marketplace.web.administrators.blueprint import blueprint


@blueprint.get("/")
@access(administrator)
def show_start() -> str:
    """Data, users, and what was done."""
    return render_template(
        "administrators/start.html",
        has_second_factor=bool(list_second_factors(get_user(current_user.user_id))),
    )
