"""Clawbacks the system proposes because a certificate was voided: taken up, or dismissed by two."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.text import is_number
from marketplace.records.labels import CHANGE_REASON_LABELS
from marketplace.settlement.operations import voided
from marketplace.settlement.queries.voided import get_proposed_clawback
from marketplace.web.fund_managers.blueprint import blueprint

PAGE = "fund_managers.show_proposed_clawback"


@blueprint.get("/proposed-clawbacks")
@access(fund_officer)
def list_proposed_clawbacks() -> Response:
    """They stand above all clawbacks."""
    return redirect(url_for("fund_managers.list_clawbacks", _anchor="proposed"))


@blueprint.get("/proposed-clawbacks/<code>")
@access(fund_officer)
def show_proposed_clawback(code: str) -> str:
    """Why it is proposed, and the two ways on."""
    return render_template(
        "fund_managers/show_proposed_clawback.html",
        row=get_proposed_clawback(code, paths=officer_paths()),
        reasons=CHANGE_REASON_LABELS,
    )


@blueprint.post("/proposed-clawbacks/<code>/take")
@access(fund_officer)
def take_proposed_clawback(code: str) -> Response:
    """Prepare the clawback (first signature)."""
    row = get_proposed_clawback(code, paths=officer_paths())
    instalments = request.form.get("instalments", "1")
    try:
        with write_transaction():
            made = voided.take_proposed_clawback(
                row.proposal.id,
                instalments=int(instalments) if is_number(instalments, digits_max=3) else 0,
                reason=request.form.get("reason", "")[:500],
                actor_id=current_user.user_id,
            ).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for(PAGE, code=code), 303)
    flash(_("The clawback is prepared. A second officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_clawback", code=made), 303)


@blueprint.post("/proposed-clawbacks/<code>/dismissal")
@access(fund_officer)
def prepare_clawback_dismissal(code: str) -> Response:
    """Say that nothing is to be taken back (first signature)."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda proposal_id, me: voided.prepare_dismissal(proposal_id, reason=reason, actor_id=me),
        _("Proposed. Another officer signs it next."),
    )


@blueprint.post("/proposed-clawbacks/<code>/dismissal/approve")
@access(fund_officer)
def approve_clawback_dismissal(code: str) -> Response:
    """The second signature: nothing is taken back."""
    return _act(
        code,
        lambda proposal_id, me: voided.approve_dismissal(proposal_id, actor_id=me),
        _("Signed: nothing is taken back."),
    )


@blueprint.post("/proposed-clawbacks/<code>/dismissal/reject")
@access(fund_officer)
def reject_clawback_dismissal(code: str) -> Response:
    """The clawback stays proposed."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda proposal_id, me: voided.reject_dismissal(proposal_id, reason=reason, actor_id=me),
        _("Sent back; the clawback stays proposed."),
    )


def _act(code: str, act: Callable[[int, int], object], done: str) -> Response:
    proposal_id = get_proposed_clawback(code, paths=officer_paths()).proposal.id
    act_or_tell(lambda: act(proposal_id, current_user.user_id), done=done)
    return redirect(url_for(PAGE, code=code), 303)
