"""Which funds pay for a scheme: their order, their scopes, two signatures."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import sees
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.funding.labels import SOURCE_STATE_LABELS
from marketplace.funding.operations import sources as operations
from marketplace.funding.queries.sources import SourceRow, find_source_by_code, list_sources
from marketplace.funding.rules import OWN_PRIORITY
from marketplace.funds.queries import find_fund_by_code, get_fund, list_funds
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.people.labels import CATEGORY_LABELS
from marketplace.vouchers.labels import LEVEL_LABELS
from marketplace.vouchers.models import Scheme
from marketplace.vouchers.queries.schemes import find_latest_version, get_scheme
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.funding_sources import FundingSourceForm
from marketplace.web.fund_managers.views.schemes import scheme_of

Answer = str | Response | tuple[str, int]
FUNDS_OFFERED = 200


@blueprint.get("/schemes/<code>/sources")
@access(officer)
def list_funding_sources(code: str) -> str:
    """The funds in their order, those that wait, and those of the past."""
    scheme = scheme_of(code)
    rows = list_sources(scheme.id)
    return render_template(
        "fund_managers/list_funding_sources.html",
        **_scheme_words(scheme),
        in_force=[row for row in rows if row.source.state.value == "in_force"],
        others=[row for row in rows if row.source.state.value != "in_force"],
    )


@blueprint.get("/schemes/<code>/sources/new")
@access(fund_officer)
def show_new_funding_source(code: str) -> str:
    """Ask which fund pays, and for what."""
    scheme = _scheme_here(code)
    return _form_page(scheme, _form(scheme))


@blueprint.post("/schemes/<code>/sources/new")
@access(fund_officer)
def propose_funding_source(code: str) -> Answer:
    """First signature."""
    scheme = _scheme_here(code)
    form = _form(scheme)
    if not form.validate_on_submit():
        return _form_page(scheme, form), 422
    fund = find_fund_by_code(form.fund.data)
    if fund is None:
        raise NotFound("fund")
    try:
        with write_transaction():
            source = operations.propose_source(
                scheme.id,
                own_fund_id=scheme.fund_id,
                fund_id=fund.id,
                priority=form.priority.data,
                scope=form.scope(),
                basis=form.basis.data,
                actor_id=current_user.user_id,
            )
            source_code = source.code
    except Refused as refused:
        show_reasons(form, refused)
        return _form_page(_scheme_here(code), form), 409
    flash(_("The source of money waits for another officer's signature."), "success")
    return redirect(url_for("fund_managers.show_funding_source", code=source_code), 303)


@blueprint.get("/sources/<code>")
@access(officer)
def show_funding_source(code: str) -> str:
    """One source: its scope in words, what it promised, its signatures."""
    scheme, row = _source_of(code)
    return render_template(
        "fund_managers/show_funding_source.html", **_scheme_words(scheme), row=row
    )


@blueprint.post("/sources/<code>/approve")
@access(fund_officer)
def approve_funding_source(code: str) -> Response:
    """Second signature: from now on it pays."""
    _scheme, row = _source_here(code)
    try:
        with write_transaction():
            operations.approve_source(row.source.id, actor_id=current_user.user_id)
        flash(_("The source is in force: it pays from now on."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_funding_source", code=code), 303)


@blueprint.post("/sources/<code>/reject")
@access(fund_officer)
def reject_funding_source(code: str) -> Response:
    """Not put in force, with a reason."""
    _scheme, row = _source_here(code)
    try:
        with write_transaction():
            operations.reject_source(row.source.id, reason=_reason(), actor_id=current_user.user_id)
        flash(_("The source was rejected."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_funding_source", code=code), 303)


@blueprint.post("/sources/<code>/end")
@access(fund_officer)
def end_funding_source(code: str) -> Response:
    """It promises nothing more."""
    _scheme, row = _source_here(code)
    try:
        with write_transaction():
            operations.end_source(row.source.id, reason=_reason(), actor_id=current_user.user_id)
        flash(_("The source has ended. What it promised before, it still pays."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_funding_source", code=code), 303)


def _scheme_here(code: str) -> Scheme:
    """A scheme of the officer's places, or 404: schemes are for all to read, not to change."""
    scheme = scheme_of(code)
    if not _is_ours(scheme):
        raise NotFound("scheme", code)
    return scheme


def _is_ours(scheme: Scheme) -> bool:
    return sees(get_jurisdiction(scheme.jurisdiction_id).path)


def _source_here(code: str) -> tuple[Scheme, SourceRow]:
    scheme, row = _source_of(code)
    if not _is_ours(scheme):
        raise NotFound("funding source", code)
    return scheme, row


def _source_of(code: str) -> tuple[Scheme, SourceRow]:
    source = find_source_by_code(code)
    if source is None:
        raise NotFound("funding source", code)
    scheme = get_scheme(source.scheme_id)
    return scheme, next(row for row in list_sources(scheme.id) if row.source.id == source.id)


def _scheme_words(scheme: Scheme) -> dict[str, object]:
    return {
        "scheme": scheme,
        "may_act": current_user.has_role("fund_officer") and _is_ours(scheme),
        "version": find_latest_version(scheme.id),
        "own_fund": get_fund(scheme.fund_id),
        "own_priority": OWN_PRIORITY,
        "state_labels": SOURCE_STATE_LABELS,
        "category_labels": CATEGORY_LABELS,
        "level_labels": LEVEL_LABELS,
    }


def _form(scheme: Scheme) -> FundingSourceForm:
    form = FundingSourceForm()
    funds = list_funds(PageRequest(size=FUNDS_OFFERED)).items
    form.fill_choices(
        [(row.fund.code, row.fund.name) for row in funds if row.fund.id != scheme.fund_id]
    )
    return form


def _form_page(scheme: Scheme, form: FundingSourceForm) -> str:
    return render_template(
        "fund_managers/new_funding_source.html", **_scheme_words(scheme), form=form
    )


def _reason() -> str:
    return request.form.get("reason", "")[:500]
