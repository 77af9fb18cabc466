"""Where a fund officer begins."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from marketplace.edge.access import access, fund_officer
from marketplace.people.queries import (
    count_waiting_category_facts,
    get_user,
    list_second_factors,
)
from marketplace.people.states import Role
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.get("/")
@access(fund_officer)
def show_start() -> str:
    """What waits for a decision."""
    return render_template(
        "fund_managers/start.html",
        waiting=count_waiting_category_facts(current_user.paths_of(Role.FUND_OFFICER)),
        has_second_factor=bool(list_second_factors(get_user(current_user.user_id))),
    )
