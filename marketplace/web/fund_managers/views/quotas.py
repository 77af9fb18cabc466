"""Enterprise quotas: granted by two officers, followed, changed, used on an employer's behalf."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.quota_pages import NameEmployeesForm, people_download, read_people
from marketplace.edge.reasons import show_reasons
from marketplace.employers.operations.employers import record_employer
from marketplace.employers.queries.employers import find_employer_by_uscc
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import tidy
from marketplace.people.queries.workers import list_worker_masks
from marketplace.quotas import labels
from marketplace.quotas.operations.granting import (
    propose_quota,
    propose_raise,
    refuse_step,
    sign_step,
)
from marketplace.quotas.operations.naming import name_employees
from marketplace.quotas.operations.returning import lower_quota, withdraw_quota
from marketplace.quotas.queries.namings import list_all_namings, list_uses
from marketplace.quotas.queries.quotas import (
    QuotaItem,
    find_quota_in_scope,
    list_quotas,
    list_waiting,
)
from marketplace.vouchers.states import QuotaState
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.quotas import (
    GrantQuotaForm,
    LowerQuotaForm,
    QuotaReasonForm,
    RaiseQuotaForm,
)
from marketplace.web.fund_managers.quota_page import QuotaForms, make_grant_form, quota_page

Answer = str | Response | tuple[str, int]
EXPORTED_MAX = 10_000


@blueprint.get("/quotas", endpoint="list_quotas")
@access(officer)
def list_enterprise_quotas() -> str:
    """The quotas of the officer's places: what waits for a signature first."""
    state, text = _asked_state(), tidy(request.args.get("q", ""))[:60]
    page = list_quotas(officer_paths(), asked_page(), state=state, text=text)
    return render_template(
        "fund_managers/list_quotas.html",
        page=page,
        uses=list_uses([item.quota.id for item in page.items]),
        waiting=list_waiting([item.quota.id for item in page.items]),
        state=state,
        text=text,
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/quotas.csv")
@access(officer)
def download_quotas() -> FlaskResponse:
    """The same list, whole, as a spreadsheet."""
    found = list_quotas(
        officer_paths(),
        PageRequest(size=EXPORTED_MAX),
        state=_asked_state(),
        text=tidy(request.args.get("q", ""))[:60],
    )
    uses = list_uses([item.quota.id for item in found.items])
    header = [_("Quota"), _("Employer"), _("Credit code"), _("Scheme"), _("Place"), _("State")]
    header += [_("Places"), _("Used"), _("Accepted"), _("Enrolled")]
    header += [_("Completed and paid"), _("Certificates")]
    header += [_("Last day to name people"), _("Set aside")]
    rows = (_csv_row(item, uses.get(item.quota.id)) for item in found.items)
    return attachment(
        "".join(csv_text(header, rows)).encode(),
        media_type="text/csv; charset=utf-8",
        file_name="quotas.csv",
    )


@blueprint.get("/quotas/new")
@access(fund_officer)
def show_new_quota() -> str:
    """Ask for whom, how many, out of what, until when."""
    form = make_grant_form()
    asked = request.args.get("scheme", "")
    if any(choice.value == asked for choice in form.scheme.choices):
        form.scheme.data = asked
    return _grant_page(form)


@blueprint.post("/quotas/new", endpoint="propose_quota")
@access(fund_officer)
def propose_enterprise_quota() -> Answer:
    """First signature."""
    form = make_grant_form()
    if not form.validate_on_submit():
        return _grant_page(form), 422
    scheme_id, allotment_id = form.scheme_ids[form.scheme.data], int(form.allotment.data)
    try:
        with write_transaction():
            employer = record_employer(
                uscc=form.uscc.data, name=form.name.data or "", actor_id=current_user.user_id
            )
            quota = propose_quota(
                employer.id,
                scheme_id=scheme_id,
                allotment_id=allotment_id,
                size=form.size(),
                ends_on=form.ends_on.data,
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
            code = quota.code
    except Refused as refused:
        show_reasons(form, refused)
        return _grant_page(form), 409
    flash(_("It waits for another officer's signature."), "success")
    return redirect(url_for("fund_managers.show_quota", code=code), 303)


@blueprint.get("/quotas/<code>")
@access(officer)
def show_quota(code: str) -> str:
    """Its use, its people and everything decided about it."""
    return quota_page(_quota_here(code), QuotaForms())


@blueprint.get("/quotas/<code>/people.csv")
@access(officer)
def download_quota_people(code: str) -> FlaskResponse:
    """Who was named and what became of it, with masked names and every reason."""
    item = _quota_here(code)
    items = list_all_namings(item.quota.id)
    masks = list_worker_masks({one.naming.worker_id for one in items if one.naming.worker_id})
    names = {worker_id: f"{mask.name} {mask.number}" for worker_id, mask in masks.items()}
    return people_download(item.quota.code, items, masks=names, for_office=True)


@blueprint.post("/quotas/<code>/sign")
@access(fund_officer)
def sign_quota(code: str) -> Answer:
    """Second signature under what waits."""
    item = _quota_here(code)
    try:
        with write_transaction():
            sign_step(item.quota.id, actor_id=current_user.user_id)
        flash(_("Signed by two: the places can be used."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_quota", code=code), 303)


@blueprint.post("/quotas/<code>/refuse")
@access(fund_officer)
def refuse_quota(code: str) -> Answer:
    """Not signed, with a reason."""
    form = QuotaReasonForm()
    return _act(
        code,
        form,
        lambda quota_id: refuse_step(
            quota_id, reason=form.reason.data, actor_id=current_user.user_id
        ),
        QuotaForms(reason=form),
        _("It was not signed."),
    )


@blueprint.post("/quotas/<code>/raise")
@access(fund_officer)
def raise_quota(code: str) -> Answer:
    """First signature under more places."""
    form = RaiseQuotaForm(prefix="more")
    return _act(
        code,
        form,
        lambda quota_id: propose_raise(
            quota_id,
            size=form.size(),
            reason=form.reason.data,
            actor_id=current_user.user_id,
        ),
        QuotaForms(more=form),
        _("It waits for another officer's signature."),
    )


@blueprint.post("/quotas/<code>/lower", endpoint="lower_quota")
@access(fund_officer)
def lower_enterprise_quota(code: str) -> Answer:
    """Take unused places back."""
    form = LowerQuotaForm(prefix="fewer")
    return _act(
        code,
        form,
        lambda quota_id: lower_quota(
            quota_id,
            places=form.places.data,
            reason=form.reason.data,
            actor_id=current_user.user_id,
        ),
        QuotaForms(fewer=form),
        _("The places were taken back."),
    )


@blueprint.post("/quotas/<code>/withdraw", endpoint="withdraw_quota")
@access(fund_officer)
def withdraw_enterprise_quota(code: str) -> Answer:
    """Nobody can be named any more."""
    form = QuotaReasonForm()
    return _act(
        code,
        form,
        lambda quota_id: withdraw_quota(
            quota_id, reason=form.reason.data, actor_id=current_user.user_id
        ),
        QuotaForms(reason=form),
        _("Withdrawn. Vouchers that were given stay with their people."),
    )


@blueprint.post("/quotas/<code>/people")
@access(fund_officer)
def name_people_for_employer(code: str) -> Answer:
    """Take in the employer's list on its behalf."""
    form = NameEmployeesForm()
    return _act(
        code,
        form,
        lambda quota_id: name_employees(
            quota_id,
            read_people(form),
            document_number=form.document_number.data,
            actor_id=current_user.user_id,
        ),
        QuotaForms(people=form),
        _("The list was taken in: below stands what became of each person."),
    )


def _act(
    code: str,
    form: QuotaReasonForm | RaiseQuotaForm | LowerQuotaForm | NameEmployeesForm,
    act: Callable[[int], object],
    forms: QuotaForms,
    done: str,
) -> Answer:
    item = _quota_here(code)
    if not form.validate_on_submit():
        return quota_page(item, forms), 422
    try:
        with write_transaction():
            act(item.quota.id)
    except Refused as refused:
        show_reasons(form, refused)
        return quota_page(_quota_here(code), forms), 409
    flash(done, "success")
    return redirect(url_for("fund_managers.show_quota", code=code), 303)


def _grant_page(form: GrantQuotaForm) -> str:
    known = find_employer_by_uscc(tidy(form.uscc.data or "").upper())
    return render_template("fund_managers/new_quota.html", form=form, known=known)


def _asked_state() -> QuotaState | None:
    asked = request.args.get("state", "")
    return QuotaState(asked) if asked in tuple(QuotaState) else None


def _csv_row(item: QuotaItem, use: object) -> tuple[object, ...]:
    quota = item.quota
    counted = [
        getattr(use, name, 0) for name in ("accepted", "reserved", "redeemed", "certificates")
    ]
    kept_fen = quota.left * (quota.value_fen or 0) if quota.state is QuotaState.IN_FORCE else 0
    return (
        quota.code,
        item.employer.name,
        item.employer.uscc or "",
        item.scheme.code,
        item.place.name,
        sentence(labels.QUOTA_STATE_LABELS[quota.state]),
        quota.places,
        quota.used,
        *counted,
        quota.ends_on.isoformat(),
        Money(kept_fen, item.currency).decimal_text(),
    )


def _quota_here(code: str) -> QuotaItem:
    item = find_quota_in_scope(code, officer_paths())
    if item is None:
        raise NotFound("quota", code)
    return item
