"""Advances and clawbacks: what may be paid before the outcome, what is taken back."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import N_, NotFound, Refusal, Refused
from marketplace.foundation.instalments import list_instalments
from marketplace.foundation.money import fen_from_text
from marketplace.foundation.text import is_number
from marketplace.records.labels import CHANGE_REASON_LABELS
from marketplace.settlement.operations import advances, clawbacks
from marketplace.settlement.queries import get_settlement_row
from marketplace.settlement.queries.kept_back import list_nettings_of_clawback
from marketplace.settlement.queries.proposals import list_advance_offers
from marketplace.settlement.queries.receivables import (
    get_clawback_row,
    list_advances,
    list_clawbacks,
    list_runs_to_advance,
)
from marketplace.settlement.queries.voided import list_proposed_clawbacks
from marketplace.settlement.states import SettlementState
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import SETTLEMENT_LABELS


@blueprint.get("/advances", endpoint="list_advances")
@access(fund_officer)
def show_advances() -> str:
    """Advances with what is recovered, and the classes that could have one."""
    offers = list_advance_offers(officer_paths(), percent_of=advances.get_advance_percent)
    return render_template(
        "fund_managers/list_advances.html",
        page=list_advances(asked_page(), paths=officer_paths()),
        offers=offers,
        labels=SETTLEMENT_LABELS,
        page_url=page_url,
    )


@blueprint.post("/advances")
@access(fund_officer)
def prepare_advance() -> Response:
    """The first signature; the second is given on its settlement."""
    asked = request.form.get("course_run_id", "")
    run_id = int(asked) if is_number(asked) else 0
    if run_id not in {run.course_run_id for run in list_runs_to_advance(officer_paths())}:
        raise NotFound("course_run")
    try:
        with write_transaction():
            advances.prepare_advance(
                run_id, amount_fen=_amount_fen(), actor_id=current_user.user_id
            )
        flash(_("The advance is prepared. A second officer signs its settlement next."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.list_advances"), 303)


@blueprint.get("/clawbacks", endpoint="list_clawbacks")
@access(fund_officer)
def show_clawbacks() -> str:
    """What is taken back from institutions, and how far it is recovered."""
    asked = request.args.get("state")
    state = SettlementState(asked) if asked in SETTLEMENT_LABELS else None
    return render_template(
        "fund_managers/list_clawbacks.html",
        proposed=list_proposed_clawbacks(officer_paths()),
        reasons=CHANGE_REASON_LABELS,
        currency=current_app.config["CURRENCY"],
        page=list_clawbacks(asked_page(), paths=officer_paths(), state=state),
        state=state,
        labels=SETTLEMENT_LABELS,
        page_url=page_url,
    )


@blueprint.post("/settlements/<code>/clawbacks")
@access(fund_officer)
def prepare_clawback(code: str) -> Response:
    """Take back part of an approved settlement (first signature)."""
    row = get_settlement_row(code, paths=officer_paths())
    instalments = request.form.get("instalments", "1")
    try:
        with write_transaction():
            made = clawbacks.prepare_clawback(
                row.id,
                amount_fen=_amount_fen(),
                instalments=int(instalments) if is_number(instalments, digits_max=3) else 0,
                reason=request.form.get("reason", "")[:500],
                redemption_code=request.form.get("redemption", "").strip()[:40] or None,
                actor_id=current_user.user_id,
            )
            made_code = made.code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.show_settlement", code=code), 303)
    flash(_("The clawback is prepared. A second officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_clawback", code=made_code), 303)


@blueprint.get("/clawbacks/<code>")
@access(fund_officer)
def show_clawback(code: str) -> str:
    """One clawback: reason, plan, two signatures."""
    row = get_clawback_row(code, paths=officer_paths())
    decided_at, is_owed = row.clawback.decided_at, row.clawback.state is SettlementState.APPROVED
    return render_template(
        "fund_managers/show_clawback.html",
        row=row,
        plan=list_instalments(
            row.owed_fen,
            instalments=row.clawback.instalments,
            approved_on=clock.local_date(decided_at) if is_owed and decided_at else None,
            kept_back_fen=int(row.netted_fen),
        ),
        nettings=list_nettings_of_clawback(row.clawback.id),
        labels=SETTLEMENT_LABELS,
    )


@blueprint.post("/clawbacks/<code>/approve")
@access(fund_officer)
def approve_clawback(code: str) -> Response:
    """The second signature."""
    row = get_clawback_row(code, paths=officer_paths())
    try:
        with write_transaction():
            clawbacks.approve_clawback(row.clawback.id, actor_id=current_user.user_id)
        flash(_("The clawback is approved; it is netted from the next settlements."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_clawback", code=code), 303)


@blueprint.post("/clawbacks/<code>/reject")
@access(fund_officer)
def reject_clawback(code: str) -> Response:
    """Send it back with a reason."""
    row = get_clawback_row(code, paths=officer_paths())
    reason = request.form.get("reason", "")[:500]
    try:
        with write_transaction():
            clawbacks.reject_clawback(row.clawback.id, reason=reason, actor_id=current_user.user_id)
        flash(_("The clawback was sent back; nothing was booked."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_clawback", code=code), 303)


def _amount_fen() -> int:
    try:
        return fen_from_text(request.form.get("amount", "").strip())
    except ValueError as error:
        refusal = Refusal("not_an_amount", {"label": N_("Amount")}, field="amount")
        raise Refused(refusal) from error
