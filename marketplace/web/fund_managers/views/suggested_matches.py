"""Suggestions: what lines without our reference may belong to, confirmed by an officer."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import Page
from marketplace.reconciliation.operations.suggestions import confirm_suggestions, list_suggestions
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import REASON_LABELS, SUGGESTION_LABELS


@blueprint.get("/reconciliation/suggestions", endpoint="list_suggestions")
@access(fund_officer)
def show_suggestions() -> str:
    """Every suggestion with its confidence and reasons, the surest first."""
    found = list_suggestions(paths=officer_paths())
    asked = asked_page()
    shown = found[asked.offset : asked.offset + asked.limit]
    return render_template(
        "fund_managers/list_suggestions.html",
        page=Page(shown, len(found), asked.number, asked.limit),
        labels=SUGGESTION_LABELS,
        reasons=REASON_LABELS,
        page_url=page_url,
    )


@blueprint.post("/reconciliation/suggestions/confirm", endpoint="confirm_suggestions")
@access(fund_officer)
def confirm_chosen_suggestions() -> Response:
    """Tie the chosen lines to their payouts: all of them or none."""
    try:
        with write_transaction():
            matched = confirm_suggestions(
                request.form.getlist("key"), actor_id=current_user.user_id, paths=officer_paths()
            )
        flash(gettext("%(count)s lines found their payout.", count=matched), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.list_suggestions"), 303)
