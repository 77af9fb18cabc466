"""What a bank line is tied to, and undoing that: proposed, signed, sent back."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.reconciliation.operations import undoing as operations
from marketplace.reconciliation.queries.match_pages import get_match_page
from marketplace.reconciliation.queries.undoing import (
    count_waiting_undoings,
    get_line_in_place,
    list_undoings,
)
from marketplace.reconciliation.rules.undoing import refusals_for_match
from marketplace.reconciliation.states import UndoingState
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import (
    CAUSE_LABELS,
    LINE_LABELS,
    MATCH_LABELS,
    PAYOUT_LABELS,
    UNDOING_LABELS,
)

EVERY = "all"
"""As a wish: not only what waits."""


@blueprint.get("/reconciliation/undoings")
@access(fund_officer)
def list_line_undoings() -> str:
    """Matches that an officer wants undone: those that wait for a signature, or all."""
    state = request.args.get("state", "")
    waits = state != EVERY
    return render_template(
        "fund_managers/list_undoings.html",
        page=list_undoings(
            asked_page(),
            paths=officer_paths(),
            state=UndoingState.PROPOSED if waits else None,
        ),
        waits=waits,
        to_sign=count_waiting_undoings(paths=officer_paths()),
        labels=UNDOING_LABELS,
        page_url=page_url,
    )


@blueprint.get("/reconciliation/lines/<code>")
@access(fund_officer)
def show_bank_line(code: str) -> str:
    """One bank line: the payouts it is tied to, by whom, what was undone and why."""
    found = get_match_page(code, paths=officer_paths())
    return render_template(
        "fund_managers/show_bank_line.html",
        found=found,
        against=refusals_for_match(found.use),
        lines=LINE_LABELS,
        causes=CAUSE_LABELS,
        rules=MATCH_LABELS,
        payouts=PAYOUT_LABELS,
        labels=UNDOING_LABELS,
    )


@blueprint.post("/reconciliation/lines/<code>/undo")
@access(fund_officer)
def propose_undoing(code: str) -> Response:
    """Say that it was tied to the wrong payout (first signature)."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda line_id, me: operations.propose_undoing(line_id, reason=reason, actor_id=me),
        _("Proposed. Another officer signs it next."),
    )


@blueprint.post("/reconciliation/lines/<code>/undo/approve")
@access(fund_officer)
def approve_undoing(code: str) -> Response:
    """The second signature: the payouts are on their way again, the lines open."""
    return _act(
        code,
        lambda line_id, me: operations.approve_undoing(line_id, actor_id=me),
        _("Signed: the match is undone. The payouts are on their way again, the lines open."),
    )


@blueprint.post("/reconciliation/lines/<code>/undo/return")
@access(fund_officer)
def return_undoing(code: str) -> Response:
    """The second officer sends it back; the match counts as before."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda line_id, me: operations.return_undoing(line_id, reason=reason, actor_id=me),
        _("Sent back; the match counts as before."),
    )


@blueprint.post("/reconciliation/lines/<code>/undo/withdraw")
@access(fund_officer)
def withdraw_undoing(code: str) -> Response:
    """The first officer takes the proposal back."""
    return _act(
        code,
        lambda line_id, me: operations.withdraw_undoing(line_id, actor_id=me),
        _("Withdrawn; the match counts as before."),
    )


def _act(code: str, act: Callable[[int, int], object], done: str) -> Response:
    line_id = get_line_in_place(code, paths=officer_paths()).line.id
    act_or_tell(lambda: act(line_id, current_user.user_id), done=done)
    return redirect(url_for("fund_managers.show_bank_line", code=code), 303)
