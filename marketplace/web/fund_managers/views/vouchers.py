"""Vouchers of a scheme: overview, issue to a named person, revoke."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.officers import officer_paths, sees
from marketplace.edge.paging import asked_page, page_url
from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.funding.queries.shares import list_share_rows
from marketplace.funds.queries import get_allotment, get_allotment_balances
from marketplace.redemption.queries.redemptions import list_redemptions_of_voucher
from marketplace.redemption.queries.withdrawals import find_withdrawal_that_consumed
from marketplace.vouchers import labels
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.operations.issue import issue_voucher
from marketplace.vouchers.operations.lifecycle import forgive_voucher, revoke_voucher
from marketplace.vouchers.queries.declarations import find_declaration
from marketplace.vouchers.queries.expiries import count_unacknowledged
from marketplace.vouchers.queries.quotas import find_quota_origin
from marketplace.vouchers.queries.vouchers import (
    find_voucher_by_code,
    find_worker_id_in_scope,
    get_scheme_of,
    list_voucher_counts,
    list_vouchers_in_scope,
)
from marketplace.vouchers.states import VoucherState
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.schemes import IssueVoucherForm, RevokeVoucherForm
from marketplace.web.fund_managers.views.schemes import scheme_of

Answer = str | Response | tuple[str, int]


@blueprint.get("/schemes/<code>/vouchers")
@access(fund_officer)
def list_scheme_vouchers(code: str) -> str:
    """The vouchers of a scheme within the officer's subtrees, by state."""
    scheme = scheme_of(code)
    asked = request.args.get("state", "")
    state = VoucherState(asked) if asked in list(VoucherState) else None
    return render_template(
        "fund_managers/scheme_vouchers.html",
        scheme=scheme,
        counts=list_voucher_counts(scheme.id, paths=officer_paths()),
        page=list_vouchers_in_scope(scheme.id, asked_page(), state=state, paths=officer_paths()),
        page_url=page_url,
        state=state,
        labels=labels,
        unaware=count_unacknowledged(scheme.id, on=clock.today(), paths=officer_paths()),
    )


@blueprint.get("/schemes/<code>/issue")
@access(fund_officer)
def show_issue_form(code: str) -> str:
    """Ask whom to give a voucher."""
    return _issue_page(code, IssueVoucherForm(), ())


@blueprint.post("/schemes/<code>/issue", endpoint="issue_voucher")
@access(fund_officer)
def issue_named_voucher(code: str) -> Answer:
    """Give a named worker of the officer's subtrees a voucher."""
    scheme = scheme_of(code)
    form = IssueVoucherForm()
    if not form.validate_on_submit():
        return _issue_page(code, form, ()), 422
    typed = form.worker_code.data.strip().upper()
    worker_id = find_worker_id_in_scope(typed, paths=officer_paths())
    if worker_id is None:
        return _issue_page(code, form, (Refusal("worker_unknown", {"code": typed}),)), 422
    try:
        with write_transaction():
            voucher = issue_voucher(worker_id, scheme_id=scheme.id, actor_id=current_user.user_id)
            voucher_code = voucher.code
    except Refused as refused:
        return _issue_page(code, form, refused.refusals), 409
    flash(_("The voucher was issued; the person still has to accept it."), "success")
    return redirect(url_for("fund_managers.show_voucher", code=voucher_code), 303)


@blueprint.get("/vouchers/<code>")
@access(fund_officer)
def show_voucher(code: str) -> str:
    """One voucher: state, money, and the way to take it back."""
    return _voucher_page(_voucher_in_scope(code), RevokeVoucherForm(), ())


@blueprint.post("/vouchers/<code>/revoke", endpoint="revoke_voucher")
@access(fund_officer)
def revoke_named_voucher(code: str) -> Answer:
    """Take an unused voucher back, with a reason."""
    voucher = _voucher_in_scope(code)
    form = RevokeVoucherForm()
    if not form.validate_on_submit():
        return _voucher_page(voucher, form, ()), 422
    try:
        with write_transaction():
            revoke_voucher(voucher.id, reason=form.reason.data, actor_id=current_user.user_id)
    except Refused as refused:
        return _voucher_page(_voucher_in_scope(code), form, refused.refusals), 409
    flash(_("The voucher was revoked."), "success")
    return redirect(url_for("fund_managers.show_voucher", code=code), 303)


@blueprint.post("/vouchers/<code>/forgive", endpoint="forgive_voucher")
@access(fund_officer)
def forgive_used_up_voucher(code: str) -> Answer:
    """A voucher used up by leaving a class counts no longer, with a reason."""
    voucher = _voucher_in_scope(code)
    form = RevokeVoucherForm()
    if not form.validate_on_submit():
        return _voucher_page(voucher, form, ()), 422
    with write_transaction():
        forgive_voucher(voucher.id, reason=form.reason.data, actor_id=current_user.user_id)
    flash(_("The voucher counts no longer. The person may have another one."), "success")
    return redirect(url_for("fund_managers.show_voucher", code=code), 303)


def _issue_page(code: str, form: IssueVoucherForm, refusals: tuple[Refusal, ...]) -> str:
    scheme = scheme_of(code)
    return render_template(
        "fund_managers/issue_voucher.html", scheme=scheme, form=form, refusals=refusals
    )


def _voucher_page(voucher: Voucher, form: RevokeVoucherForm, refusals: tuple[Refusal, ...]) -> str:
    scheme, version = get_scheme_of(voucher)
    return render_template(
        "fund_managers/voucher.html",
        voucher=voucher,
        scheme=scheme,
        version=version,
        allotment=get_allotment_balances(get_allotment(voucher.allotment_id)),
        shares=list_share_rows(voucher.id) if voucher.is_pooled else (),
        redemptions=list_redemptions_of_voucher(voucher.id),
        promise=find_declaration(voucher.id),
        quota_origin=find_quota_origin(voucher.quota_id),
        consumed_by=find_withdrawal_that_consumed(voucher.id),
        exit_labels=EXIT_REASON_LABELS,
        form=form,
        refusals=refusals,
        labels=labels,
    )


def _voucher_in_scope(code: str) -> Voucher:
    voucher = find_voucher_by_code(code)
    if voucher is None:
        raise NotFound("voucher", code)
    place = get_allotment_balances(get_allotment(voucher.allotment_id)).jurisdiction
    if not sees(place.path):
        raise NotFound("voucher", code)
    return voucher
