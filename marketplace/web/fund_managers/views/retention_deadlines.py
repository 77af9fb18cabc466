"""One withheld share: until when its evidence counts, and another last day with two signatures."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.officers import officer_paths
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.retentions import labels
from marketplace.retentions.operations.deadlines import (
    approve_deadline,
    prepare_deadline,
    reject_deadline,
)
from marketplace.retentions.queries.deadlines import (
    find_waiting_deadline,
    get_deadline,
    list_deadlines_of,
    list_waiting_deadlines,
)
from marketplace.retentions.queries.listing import RetentionRow, get_retention_row
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.retentions import DeadlineForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/retention-deadlines", endpoint="list_retention_deadlines")
@access(fund_officer)
def show_retention_deadlines() -> str:
    """Last days that wait for a second signature."""
    return render_template(
        "fund_managers/list_retention_deadlines.html", rows=list_waiting_deadlines(officer_paths())
    )


@blueprint.get("/retentions/<code>")
@access(officer)
def show_retention(code: str) -> str:
    """One withheld share and the story of its last day."""
    row = get_retention_row(code, paths=officer_paths())
    return _page(row, DeadlineForm(due_by=row.retention.due_by))


@blueprint.post("/retentions/<code>/deadline")
@access(fund_officer)
def prepare_retention_deadline(code: str) -> Answer:
    """Propose another last day (first signature)."""
    row, form = get_retention_row(code, paths=officer_paths()), DeadlineForm()
    if not form.validate_on_submit():
        return _page(row, form), 422
    try:
        with write_transaction():
            prepare_deadline(
                row.retention.id,
                due_by=form.due_by.data,
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(row, form), 409
    flash(_("Proposed. Another officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_retention", code=code), 303)


@blueprint.post("/retention-deadlines/<code>/approve")
@access(fund_officer)
def approve_retention_deadline(code: str) -> Response:
    """The second signature."""
    row = get_deadline(code, paths=officer_paths())
    return _act(
        lambda: approve_deadline(row.deadline.id, actor_id=current_user.user_id),
        _("Signed. The institution has been told."),
        row.retention.code,
    )


@blueprint.post("/retention-deadlines/<code>/reject")
@access(fund_officer)
def reject_retention_deadline(code: str) -> Response:
    """Send it back; the last day stays."""
    row = get_deadline(code, paths=officer_paths())
    reason = request.form.get("reason", "")[:1_000]
    return _act(
        lambda: reject_deadline(row.deadline.id, reason=reason, actor_id=current_user.user_id),
        _("Sent back; the last day stays."),
        row.retention.code,
    )


def _page(row: RetentionRow, form: DeadlineForm) -> str:
    return render_template(
        "fund_managers/show_retention.html",
        row=row,
        form=form,
        story=list_deadlines_of(row.retention.id),
        waits=find_waiting_deadline(row.retention.id),
        labels=labels,
        may_change=fund_officer(),
    )


def _act(act: Callable[[], object], done: str, share: str) -> Response:
    act_or_tell(act, done=done)
    return redirect(url_for("fund_managers.show_retention", code=share), 303)
