"""Objections from the public: the worklist, one of them, the decision with reasons."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.claims import labels
from marketplace.claims.operations import objections as operations
from marketplace.claims.queries.objections import get_public_objection, list_public_objections
from marketplace.claims.states import ObjectionState
from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.objections import DecideObjectionForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/objections", endpoint="list_public_objections")
@access(fund_officer)
def show_public_objections() -> str:
    """Objections to claims of my places, those due first."""
    is_open = request.args.get("state") != "decided"
    return render_template(
        "fund_managers/list_public_objections.html",
        page=list_public_objections(officer_paths(), asked_page(), is_open=is_open),
        is_open=is_open,
        today=clock.today(),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/objections/<code>")
@access(fund_officer)
def show_public_objection(code: str) -> str:
    """One objection with the claim it holds."""
    return _page(code, DecideObjectionForm())


@blueprint.post("/objections/<code>/take")
@access(fund_officer)
def take_public_objection(code: str) -> Response:
    """Make it one's own to look into."""
    objection_id = get_public_objection(code, paths=officer_paths()).objection.id
    try:
        with write_transaction():
            operations.take_public_objection(objection_id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_public_objection", code=code), 303)


@blueprint.post("/objections/<code>/decide")
@access(fund_officer)
def decide_public_objection(code: str) -> Answer:
    """Decide with reasons; the claim goes on when nothing else holds it."""
    objection_id = get_public_objection(code, paths=officer_paths()).objection.id
    form = DecideObjectionForm()
    if not form.validate_on_submit():
        return _page(code, form), 422
    try:
        with write_transaction():
            operations.decide_public_objection(
                objection_id,
                wanted=ObjectionState(form.state.data),
                answer=form.answer.data,
                clause=form.clause.data or "",
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(code, form), 409
    flash(_("Decided. Whoever objected reads it with the receipt."), "success")
    return redirect(url_for("fund_managers.show_public_objection", code=code), 303)


@blueprint.post("/objections/<code>/objector")
@access(fund_officer)
def open_objector(code: str) -> Answer:
    """Show name and contact for a purpose, which is recorded."""
    objection_id = get_public_objection(code, paths=officer_paths()).objection.id
    try:
        with write_transaction():
            person = operations.open_objector(
                objection_id,
                purpose=request.form.get("purpose", ""),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        flash_refused(refused)
        return redirect(url_for("fund_managers.show_public_objection", code=code), 303)
    return _page(code, DecideObjectionForm(), person)


def _page(code: str, form: DecideObjectionForm, person: tuple[str, str] | None = None) -> str:
    return render_template(
        "fund_managers/show_public_objection.html",
        row=get_public_objection(code, paths=officer_paths()),
        person=person,
        form=form,
        labels=labels,
    )
