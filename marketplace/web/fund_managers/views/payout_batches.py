"""Payout batches: made of approved settlements, signed by two, sent once, the same file again."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import mask_bank_account
from marketplace.payouts import operations
from marketplace.payouts.answers.queries import list_answers_of_batch
from marketplace.payouts.payees import list_rows_of_batch
from marketplace.payouts.queries import (
    get_batch_row,
    list_payout_batches,
    list_settlements_to_pay,
)
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.payouts.rails.payer import DEMO_PAYER, find_payer
from marketplace.payouts.rails.stripe import find_stripe
from marketplace.payouts.states import PayoutBatchState, RailName
from marketplace.payouts.transfers.operations import ask_again
from marketplace.payouts.transfers.queries import list_transfers_of_batch
from marketplace.reconciliation.queries.statements import find_balance_before
from marketplace.reconciliation.queries.undoing import list_lines_of_payouts
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.labels import (
    BATCH_LABELS,
    PAYOUT_LABELS,
    RAIL_LABELS,
    STRIPE_BATCH_LABELS,
    STRIPE_PAYOUT_LABELS,
    TRANSFER_PROBLEM_LABELS,
)

RETURN_REASON = "AC04"
"""Closed account: what the demo bank says when it sends a payment back."""


def _rails() -> dict[str, str]:
    """The trial channel exists in demo mode only, Stripe where there is a key for it."""
    there = {"bank_file": True, "stripe": find_stripe(), "null": current_app.config["DEMO"]}
    return {name: RAIL_LABELS[name] for name, is_there in there.items() if is_there}


@blueprint.get("/payout-batches", endpoint="list_payout_batches")
@access(fund_officer)
def show_payout_batches() -> str:
    """Settlements ready to pay, and the batches there are."""
    state = request.args.get("state")
    batches = list_payout_batches(
        asked_page(),
        paths=officer_paths(),
        state=PayoutBatchState(state) if state in BATCH_LABELS else None,
    )
    return render_template(
        "fund_managers/list_payout_batches.html",
        payables=list_settlements_to_pay(officer_paths()),
        batches=batches,
        state=state,
        labels=BATCH_LABELS,
        stripe_labels=STRIPE_BATCH_LABELS,
        rails=_rails(),
        page_url=page_url,
    )


@blueprint.post("/payout-batches")
@access(fund_officer)
def prepare_payout_batch() -> Response:
    """Put the chosen settlements together."""
    chosen = set(request.form.getlist("settlement_id", type=int))
    rail = request.form.get("rail", RailName.BANK_FILE.value)
    inside = {payable.settlement_id for payable in list_settlements_to_pay(officer_paths())}
    if not chosen <= inside or rail not in _rails():
        raise NotFound("settlement")
    try:
        with write_transaction():
            code = operations.prepare_payout_batch(
                chosen, rail=rail, actor_id=current_user.user_id
            ).code
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.list_payout_batches"), 303)
    flash(gettext("The batch is prepared. A second officer signs it next."), "success")
    return redirect(url_for("fund_managers.show_payout_batch", code=code), 303)


@blueprint.get("/payout-batches/<code>")
@access(fund_officer)
def show_payout_batch(code: str) -> str:
    """One batch: signatures, payouts, file."""
    row = get_batch_row(code, paths=officer_paths())
    is_stripe = row.batch.rail == RailName.STRIPE
    payouts = list_rows_of_batch(row.batch)
    return render_template(
        "fund_managers/show_payout_batch.html",
        row=row,
        payouts=payouts,
        bank_lines=list_lines_of_payouts({item.payout.id for item in payouts}),
        answers=list_answers_of_batch(row.batch.id),
        labels=STRIPE_BATCH_LABELS if is_stripe else BATCH_LABELS,
        payout_labels=STRIPE_PAYOUT_LABELS if is_stripe else PAYOUT_LABELS,
        rails=RAIL_LABELS,
        transfers=list_transfers_of_batch(row.batch.id),
        problem_labels=TRANSFER_PROBLEM_LABELS,
        is_demo=current_app.config["DEMO"],
    )


@blueprint.post("/payout-batches/<code>/approve")
@access(fund_officer)
def approve_payout_batch(code: str) -> Response:
    """The second signature."""
    batch_id = get_batch_row(code, paths=officer_paths()).batch.id
    try:
        with write_transaction():
            operations.approve_payout_batch(batch_id, actor_id=current_user.user_id)
        flash(gettext("The batch is signed and can be sent."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_payout_batch", code=code), 303)


@blueprint.post("/payout-batches/<code>/reject")
@access(fund_officer)
def reject_payout_batch(code: str) -> Response:
    """Send it back with a reason."""
    batch_id = get_batch_row(code, paths=officer_paths()).batch.id
    reason = request.form.get("reason", "")
    try:
        with write_transaction():
            operations.reject_payout_batch(batch_id, reason=reason, actor_id=current_user.user_id)
        flash(gettext("The batch was sent back; its settlements can be paid anew."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_payout_batch", code=code), 303)


@blueprint.post("/payout-batches/<code>/send")
@access(fund_officer)
def send_payout_batch(code: str) -> Response:
    """Let it leave: the books move, the file is written once."""
    batch_id = get_batch_row(code, paths=officer_paths()).batch.id
    try:
        with write_transaction():
            batch = operations.send_payout_batch(batch_id, actor_id=current_user.user_id)
            rail = batch.rail
        if rail == RailName.STRIPE:
            flash(gettext("The batch is booked; its transfers are made in the background."))
        else:
            flash(
                gettext("The batch is sent. Download its file and take it to the bank."), "success"
            )
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_payout_batch", code=code), 303)


@blueprint.post("/payout-batches/<code>/ask-stripe")
@access(fund_officer)
def ask_stripe(code: str) -> Response:
    """Have Stripe asked anew about what waits in a batch."""
    batch_id = get_batch_row(code, paths=officer_paths()).batch.id
    try:
        with write_transaction():
            ask_again(batch_id, actor_id=current_user.user_id)
        flash(gettext("Stripe is asked again in the background; look again in a minute."))
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_payout_batch", code=code), 303)


@blueprint.get("/payout-batches/<code>/file")
@access(fund_officer)
def download_payout_file(code: str) -> FlaskResponse:
    """The file as it was sent, byte for byte."""
    row = get_batch_row(code, paths=officer_paths())
    file = operations.open_payout_file(row.batch)
    return _attachment(file.content, file.name)


@blueprint.get("/payout-batches/<code>/demo-bank")
@access(fund_officer)
def show_demo_bank(code: str) -> str:
    """Demo mode only: let the demo bank answer this file."""
    _only_in_demo_mode()
    row = get_batch_row(code, paths=officer_paths())
    operations.open_payout_file(row.batch)
    return render_template(
        "fund_managers/show_demo_bank.html", row=row, payouts=list_rows_of_batch(row.batch)
    )


@blueprint.get("/payout-batches/<code>/demo-bank/statement")
@access(fund_officer)
def download_demo_statement(code: str) -> FlaskResponse:
    """Demo mode only: the statement the demo bank sends after carrying out the file."""
    _only_in_demo_mode()
    row = get_batch_row(code, paths=officer_paths())
    file = operations.open_payout_file(row.batch)
    ours = {payout.attempt.end_to_end_id for payout in list_rows_of_batch(row.batch)}
    returned = dict.fromkeys(ours & set(request.args.getlist("returned")), RETURN_REASON)
    payer = find_payer() or DEMO_PAYER
    answer = answer_batch_file(
        file.content,
        returned=returned,
        as_one_entry="as_one_entry" in request.args,
        opening_fen=find_balance_before(ours, number_masked=mask_bank_account(payer.number)),
    )
    return _attachment(answer, f"{code}.camt.053.xml")


def _only_in_demo_mode() -> None:
    if not current_app.config["DEMO"]:
        raise NotFound("page")


def _attachment(content: bytes, name: str) -> FlaskResponse:
    answer = FlaskResponse(content, mimetype="application/xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
