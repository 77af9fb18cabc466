"""Setting a bank statement aside that was taken in wrongly: proposed, signed, sent back."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.acting import act_or_tell
from marketplace.edge.officers import officer_paths
from marketplace.reconciliation.operations import setting_aside
from marketplace.reconciliation.queries.statements import get_statement_by_code
from marketplace.web.fund_managers.blueprint import blueprint


@blueprint.post("/bank-statements/<code>/set-aside")
@access(fund_officer)
def propose_setting_aside(code: str) -> Response:
    """Say that it was taken in wrongly (first signature)."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda statement_id, me: setting_aside.propose_setting_aside(
            statement_id, reason=reason, actor_id=me
        ),
        _("Proposed. Another officer signs it next."),
    )


@blueprint.post("/bank-statements/<code>/set-aside/approve")
@access(fund_officer)
def approve_setting_aside(code: str) -> Response:
    """The second signature: it counts for nothing from now on."""
    return _act(
        code,
        lambda statement_id, me: setting_aside.approve_setting_aside(statement_id, actor_id=me),
        _("Signed: the statement is set aside. Its file can be taken in again."),
    )


@blueprint.post("/bank-statements/<code>/set-aside/return")
@access(fund_officer)
def return_setting_aside(code: str) -> Response:
    """The second officer sends it back; the statement counts as before."""
    reason = request.form.get("reason", "")
    return _act(
        code,
        lambda statement_id, me: setting_aside.return_setting_aside(
            statement_id, reason=reason, actor_id=me
        ),
        _("Sent back; the statement counts as before."),
    )


@blueprint.post("/bank-statements/<code>/set-aside/withdraw")
@access(fund_officer)
def withdraw_setting_aside(code: str) -> Response:
    """The first officer takes the proposal back."""
    return _act(
        code,
        lambda statement_id, me: setting_aside.withdraw_setting_aside(statement_id, actor_id=me),
        _("Withdrawn; the statement counts as before."),
    )


def _act(code: str, act: Callable[[int, int], object], done: str) -> Response:
    statement_id = get_statement_by_code(code, paths=officer_paths()).id
    act_or_tell(lambda: act(statement_id, current_user.user_id), done=done)
    return redirect(url_for("fund_managers.show_bank_statement", code=code), 303)
