"""Appeals of institutions: what they object to, and the decision with its reasons."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.ratings import component_rows, rating_of
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.standing import labels
from marketplace.standing.operations import appeals as operations
from marketplace.standing.queries.ratings import find_rating_in_force
from marketplace.standing.queries.records import AppealView, find_appeal_in, list_appeals_in
from marketplace.standing.states import AppealState, Component
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.standing import DecideAppealForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/appeals")
@access(officer)
def list_appeals() -> str:
    """Appeals of the institutions of my places; those that wait longest come first."""
    asked = request.args.get("state", "")
    state = AppealState(asked) if asked in AppealState._value2member_map_ else None
    return render_template(
        "fund_managers/list_appeals.html",
        page=list_appeals_in(officer_paths(), asked_page(), state=state),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/appeals/<code>")
@access(officer)
def show_appeal(code: str) -> str:
    """One appeal: the fact or the counts, what the institution says, the decision."""
    return _page(_appeal(code), DecideAppealForm())


@blueprint.post("/appeals/<code>/uphold")
@access(fund_officer)
def uphold_appeal(code: str) -> Answer:
    """The institution is right: a correcting fact is entered, the rating computed anew."""
    view = _appeal(code)
    appeal_id = view.appeal.id
    form = DecideAppealForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            operations.uphold_appeal(
                appeal_id,
                reason=form.reason.data,
                component=Component(form.component.data) if form.component.data else None,
                successes=form.successes.data or 0,
                trials=form.trials.data or 0,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_appeal(code), form), 409
    flash(_("The appeal is upheld, the rating computed anew; the institution is told."), "success")
    return redirect(url_for("fund_managers.list_appeals"), 303)


@blueprint.post("/appeals/<code>/reject")
@access(fund_officer)
def reject_appeal(code: str) -> Answer:
    """The fact or the counts stand."""
    view = _appeal(code)
    appeal_id = view.appeal.id
    form = DecideAppealForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            operations.reject_appeal(
                appeal_id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_appeal(code), form), 409
    flash(_("The appeal is rejected. The institution is told."), "success")
    return redirect(url_for("fund_managers.list_appeals"), 303)


def _page(view: AppealView, form: DecideAppealForm) -> str:
    rating = view.rating or find_rating_in_force(view.appeal.institution_id)
    return render_template(
        "fund_managers/show_appeal.html",
        view=view,
        appeal=view.appeal,
        shown=rating_of(rating) if rating else None,
        components=component_rows(rating) if rating else [],
        form=form,
        labels=labels,
    )


def _appeal(code: str) -> AppealView:
    view = find_appeal_in(code, officer_paths())
    if view is None:
        raise NotFound("rating_appeal")
    return view
