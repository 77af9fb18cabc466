"""Lots of money: which expire when, what would be frozen, what goes back up with two signatures."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths, sees
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.funds.lots import operations
from marketplace.funds.lots.queries import (
    LotRow,
    find_lot_by_code,
    find_lot_return_by_code,
    get_lot_row,
    list_lots,
    list_returns_of_lot,
    list_top_paths,
)
from marketplace.funds.models import FundLot, LotReturn
from marketplace.funds.queries import find_fund_by_code
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import SETTLEMENT_LABELS


@blueprint.get("/lots", endpoint="list_fund_lots")
@access(officer)
def show_fund_lots() -> str:
    """The dry run: every lot, what expires first on top, and what the next run would freeze."""
    code = request.args.get("fund", "")
    fund = find_fund_by_code(code) if code else None
    if code and fund is None:
        raise NotFound("fund", code)
    rows = list_lots(fund_id=fund.id if fund else None, paths=officer_paths())
    return render_template("fund_managers/list_fund_lots.html", rows=rows, fund=fund)


@blueprint.get("/lots/<code>")
@access(officer)
def show_fund_lot(code: str) -> str:
    """One lot: where its money stands, the entries behind it, its returns."""
    row = _lot_here(find_lot_by_code(code))
    return render_template(
        "fund_managers/show_fund_lot.html",
        row=row,
        returns=list_returns_of_lot(row.lot.id),
        giver=operations.giver_of(row.fund, row.allotment),
        may_act=_may_act(row),
        labels=SETTLEMENT_LABELS,
    )


@blueprint.post("/lots/<code>/return")
@access(fund_officer)
def prepare_lot_return(code: str) -> Response:
    """First signature under the return of what is frozen."""
    row = _lot_to_act_on(find_lot_by_code(code))
    try:
        with write_transaction():
            operations.prepare_lot_return(row.lot.id, actor_id=current_user.user_id)
        flash(_("The return is prepared. A second officer signs it next."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_fund_lot", code=code), 303)


@blueprint.post("/lot-returns/<code>/approve")
@access(fund_officer)
def approve_lot_return(code: str) -> Response:
    """Second signature: the money goes back up."""
    back, row = _return_here(code)
    try:
        with write_transaction():
            operations.approve_lot_return(back.id, actor_id=current_user.user_id)
        flash(_("The money is back with who gave it."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_fund_lot", code=row.lot.code), 303)


@blueprint.post("/lot-returns/<code>/reject")
@access(fund_officer)
def reject_lot_return(code: str) -> Response:
    """The money stays frozen, with a reason."""
    back, row = _return_here(code)
    try:
        with write_transaction():
            operations.reject_lot_return(
                back.id,
                reason=request.form.get("reason", "")[:500],
                actor_id=current_user.user_id,
            )
        flash(_("The return was sent back; the money stays frozen."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_fund_lot", code=row.lot.code), 303)


def _lot_here(lot: FundLot | None) -> LotRow:
    """A lot within the reader's subtrees, or 404; a fund's own lots are for all officers."""
    if lot is None:
        raise NotFound("lot")
    row = get_lot_row(lot.id)
    if row.place is not None and not sees(row.place.path):
        raise NotFound("lot")
    return row


def _lot_to_act_on(lot: FundLot | None) -> LotRow:
    row = _lot_here(lot)
    if not _may_act(row):
        abort(403)
    return row


def _return_here(code: str) -> tuple[LotReturn, LotRow]:
    back = find_lot_return_by_code(code)
    if back is None:
        raise NotFound("lot return")
    return back, _lot_to_act_on(_lot_of(back))


def _lot_of(back: LotReturn) -> FundLot:
    return get_lot_row(back.lot_id).lot


def _may_act(row: LotRow) -> bool:
    """A place's money is its office's; a fund's own is for officers who see all it was given to."""
    return row.place is not None or all(sees(path) for path in list_top_paths(row.fund.id))
