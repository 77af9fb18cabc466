"""The second signature on payee accounts."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.operations import payout_accounts as operations
from marketplace.institutions.queries import (
    PayoutAccountItem,
    find_payout_account_in,
    find_verified_payout_account,
    list_proposed_payout_accounts,
)
from marketplace.payouts.rails.stripe import ask_about_connected_account
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.reviews import DecisionReasonForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/payout-accounts")
@access(officer)
def list_payout_accounts() -> str:
    """Payee accounts that wait for the second signature, oldest first."""
    page = list_proposed_payout_accounts(
        officer_paths(), PageRequest(request.args.get("page", 1, int))
    )
    return render_template(
        "fund_managers/list_payout_accounts.html",
        page=page,
        url_for_page=lambda n: url_for("fund_managers.list_payout_accounts", page=n),
    )


@blueprint.get("/payout-accounts/<code>")
@access(officer)
def review_payout_account(code: str) -> str:
    """One proposed account, masked, beside the one in force."""
    return _review_page(_item_here(code), DecisionReasonForm())


@blueprint.post("/payout-accounts/<code>/verify")
@access(officer)
def verify_payout_account(code: str) -> Answer:
    """Sign: the institution is paid there."""
    item = _item_here(code)
    try:
        ask_about_connected_account(item.payout_account.connected_account)
        with write_transaction():
            operations.verify_payout_account(item.payout_account.id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
        return _review_page(_item_here(code), DecisionReasonForm()), 409
    flash(_("The payee account is verified; the institution was told."), "success")
    return redirect(url_for("fund_managers.list_payout_accounts"), 303)


@blueprint.post("/payout-accounts/<code>/refuse")
@access(officer)
def refuse_payout_account(code: str) -> Answer:
    """Decline; the present account stays in force."""
    item = _item_here(code)
    form = DecisionReasonForm()
    if not form.validate_on_submit():
        return _review_page(item, form), 422
    try:
        with write_transaction():
            operations.refuse_payout_account(
                item.payout_account.id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _review_page(_item_here(code), form), 409
    flash(_("The payee account was refused."), "success")
    return redirect(url_for("fund_managers.list_payout_accounts"), 303)


def _item_here(code: str) -> PayoutAccountItem:
    item = find_payout_account_in(code, officer_paths())
    if item is None:
        raise NotFound("payout_account")
    return item


def _review_page(item: PayoutAccountItem, form: DecisionReasonForm) -> str:
    return render_template(
        "fund_managers/review_payout_account.html",
        item=item,
        form=form,
        present=find_verified_payout_account(item.payout_account.institution_id),
    )
