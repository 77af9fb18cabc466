"""Files of institutions for officers: reading, entering and withdrawing facts; ratings."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.ratings import component_rows, rating_of
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import find_institution_in
from marketplace.ratings.operations.compute import request_computation
from marketplace.standing import labels
from marketplace.standing.operations import records as operations
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.ratings import find_rating_in_force, list_ratings_in
from marketplace.standing.queries.records import (
    RecordView,
    count_open_appeals,
    find_standing_record,
    list_standing,
)
from marketplace.standing.states import StandingKind
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.standing import RecordStandingForm, WithdrawStandingForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/ratings")
@access(officer)
def list_ratings() -> str:
    """Ratings in force at the institutions of my places, the worst first."""
    return render_template(
        "fund_managers/list_ratings.html",
        page=list_ratings_in(officer_paths(), asked_page(size=50)),
        appeal_count=count_open_appeals(officer_paths()),
        page_url=page_url,
    )


@blueprint.post("/ratings/compute")
@access(officer)
def compute_ratings() -> Answer:
    """Ask the runner to count and rate everything anew."""
    with write_transaction():
        request_computation(actor_id=current_user.user_id)
    flash(_("The ratings are being computed in the background. Look again in a minute."), "success")
    return redirect(url_for("fund_managers.list_ratings"), 303)


@blueprint.get("/institutions/<code>/standing")
@access(officer)
def show_standing(code: str) -> str:
    """An institution's whole file, its rating, and a form for a new fact."""
    return _page(_institution_here(code), RecordStandingForm())


@blueprint.post("/institutions/<code>/standing")
@access(officer)
def record_standing(code: str) -> Answer:
    """Enter a fact; the grade follows at once."""
    institution = _institution_here(code)
    institution_id = institution.id
    form = RecordStandingForm()
    if not form.validate_on_submit():
        return _page(institution, form), 422
    try:
        with write_transaction():
            operations.record_standing(
                institution_id,
                kind=StandingKind(form.kind.data),
                happened_on=form.happened_on.data,
                clause=form.clause.data,
                evidence=form.evidence.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_institution_here(code), form), 409
    flash(_("The fact is in the file. The institution was told and may appeal."), "success")
    return redirect(url_for("fund_managers.show_standing", code=code), 303)


@blueprint.get("/institutions/<code>/standing/<record_code>")
@access(officer)
def show_standing_record(code: str, record_code: str) -> str:
    """One fact: what it says, who recorded it, whether it counts; a form to withdraw it."""
    institution = _institution_here(code)
    return _record_page(institution, _record(institution, record_code), WithdrawStandingForm())


@blueprint.post("/institutions/<code>/standing/<record_code>/withdraw")
@access(officer)
def withdraw_standing(code: str, record_code: str) -> Answer:
    """Take a fact out of force by a second one."""
    institution = _institution_here(code)
    view = _record(institution, record_code)
    record_id = view.record.id
    form = WithdrawStandingForm()
    if not form.validate_on_submit():
        return _record_page(institution, view, form), 422
    try:
        with write_transaction():
            operations.withdraw_standing(
                record_id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        institution = _institution_here(code)
        return _record_page(institution, _record(institution, record_code), form), 409
    flash(_("The fact is withdrawn. It stays readable in the file."), "success")
    return redirect(url_for("fund_managers.show_standing", code=code), 303)


def _page(institution: Institution, form: RecordStandingForm) -> str:
    rating = find_rating_in_force(institution.id)
    return render_template(
        "fund_managers/show_standing.html",
        institution=institution,
        page=list_standing(institution.id, asked_page()),
        policy=get_rating_policy(clock.today()),
        rating=rating,
        shown=rating_of(rating) if rating else None,
        components=component_rows(rating) if rating else [],
        form=form,
        labels=labels,
        page_url=page_url,
        url_for_fact=lambda view: url_for(
            "fund_managers.show_standing_record",
            code=institution.code,
            record_code=view.record.code,
        ),
    )


def _record_page(institution: Institution, view: RecordView, form: WithdrawStandingForm) -> str:
    return render_template(
        "fund_managers/show_standing_record.html",
        institution=institution,
        view=view,
        in_force=view.is_in_force(clock.today()),
        form=form,
        labels=labels,
    )


def _institution_here(code: str) -> Institution:
    institution = find_institution_in(code, officer_paths())
    if institution is None:
        raise NotFound("institution")
    return institution


def _record(institution: Institution, record_code: str) -> RecordView:
    view = find_standing_record(institution.id, record_code)
    if view is None:
        raise NotFound("standing_record")
    return view
