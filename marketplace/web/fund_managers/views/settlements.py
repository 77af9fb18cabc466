"""Settlements: who has earned what this month, two signatures, reasons."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import is_number
from marketplace.reporting.payments import find_payment_of_settlement
from marketplace.retentions.queries.retentions import (
    find_entry_that_withholds,
    sum_paid_fen,
    sum_retained_fen,
)
from marketplace.settlement.labels import ROUND_ACT_LABELS
from marketplace.settlement.operations import (
    approve_settlement as approve,
)
from marketplace.settlement.operations import (
    prepare_settlement as prepare,
)
from marketplace.settlement.operations import (
    reject_settlement as reject,
)
from marketplace.settlement.queries import (
    get_settlement_row,
    is_institution_in,
    list_institutions_with_unsettled,
    list_settlement_lines,
    list_settlements,
)
from marketplace.settlement.queries.kept_back import list_nettings_of_settlement
from marketplace.settlement.queries.receivables import find_advance_of
from marketplace.settlement.rounds.queries import list_rounds, sum_to_sign
from marketplace.settlement.rules import last_ended_month, period_dates
from marketplace.settlement.states import SettlementState
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import PAYOUT_LABELS, SETTLEMENT_LABELS


@blueprint.get("/settlements", endpoint="list_settlements")
@access(fund_officer)
def show_settlements() -> str:
    """Institutions with unsettled money of a month, and the settlements there are."""
    period = request.args.get("period") or last_ended_month(clock.today())
    dates = period_dates(period)
    state = request.args.get("state")
    unsettled = None
    if dates:
        unsettled = list_institutions_with_unsettled(
            from_on=dates[0], to_on=dates[1], paths=officer_paths(), page=PageRequest(1, 100)
        )
    to_sign = sum_to_sign(paths=officer_paths(), period_code=period, signer_id=current_user.user_id)
    settlements = list_settlements(
        asked_page(),
        paths=officer_paths(),
        state=SettlementState(state) if state in SETTLEMENT_LABELS else None,
    )
    return render_template(
        "fund_managers/list_settlements.html",
        period=period,
        is_period=dates is not None,
        unsettled=unsettled,
        to_sign=to_sign,
        rounds=list_rounds(paths=officer_paths()),
        round_labels=ROUND_ACT_LABELS,
        settlements=settlements,
        state=state,
        labels=SETTLEMENT_LABELS,
        page_url=page_url,
    )


@blueprint.post("/settlements")
@access(fund_officer)
def prepare_settlement() -> Response:
    """Gather a month of one institution."""
    typed = request.form.get("institution_id", "")
    period = request.form.get("period", "")
    institution_id = int(typed) if is_number(typed) else 0
    if not is_institution_in(institution_id, paths=officer_paths()):
        raise NotFound("institution")
    try:
        with write_transaction():
            code = prepare(institution_id, period_code=period, actor_id=current_user.user_id).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.list_settlements", period=period), 303)
    flash(gettext("The settlement is prepared. A second officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_settlement", code=code), 303)


@blueprint.get("/settlements/<code>")
@access(fund_officer)
def show_settlement(code: str) -> str:
    """One settlement: signatures, lines, what can be done."""
    row = get_settlement_row(code, paths=officer_paths())
    return render_template(
        "fund_managers/show_settlement.html",
        row=row,
        advance=find_advance_of(row.id),
        payment=find_payment_of_settlement(row.id),
        payout_labels=PAYOUT_LABELS,
        nettings=list_nettings_of_settlement(row.id),
        retained_fen=sum_retained_fen(row.id),
        retained_entry_id=find_entry_that_withholds(row.id),
        released_fen=sum_paid_fen(row.id),
        lines=list_settlement_lines(row.id, asked_page(size=50)),
        labels=SETTLEMENT_LABELS,
        page_url=page_url,
    )


@blueprint.post("/settlements/<code>/approve")
@access(fund_officer)
def approve_settlement(code: str) -> Response:
    """The second signature."""
    row = get_settlement_row(code, paths=officer_paths())
    try:
        with write_transaction():
            approve(row.id, actor_id=current_user.user_id)
        flash(gettext("The settlement is approved and can be paid."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_settlement", code=code), 303)


@blueprint.post("/settlements/<code>/reject")
@access(fund_officer)
def reject_settlement(code: str) -> Response:
    """Send it back with a reason."""
    row = get_settlement_row(code, paths=officer_paths())
    reason = request.form.get("reason", "")
    try:
        with write_transaction():
            reject(row.id, reason=reason, actor_id=current_user.user_id)
        flash(gettext("The settlement was sent back; its redemptions are free again."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_settlement", code=code), 303)
