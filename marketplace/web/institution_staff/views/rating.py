"""The institution's own rating: what it is made of, what moved it, its file, appeals."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.outcomes import reviews_of_institution
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.ratings import component_rows, movement_rows, rating_of
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.reviews.labels import QUESTION_LABELS
from marketplace.standing import labels
from marketplace.standing.models import Rating
from marketplace.standing.operations import appeals
from marketplace.standing.queries.policies import get_rating_policy_version
from marketplace.standing.queries.ratings import (
    find_rating_in_force,
    find_rating_of,
    list_ratings_of,
)
from marketplace.standing.queries.records import (
    RecordView,
    find_standing_record,
    list_appeals_of,
    list_standing,
)
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.appeals import AppealForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/rating")
@access(institution_staff)
def show_rating() -> str:
    """Grade and stars in force, every component, the effects, and earlier ratings."""
    rating = find_rating_in_force(current_user.institution_id)
    return render_template(
        "institution_staff/show_rating.html",
        rating=rating,
        shown=rating_of(rating) if rating else None,
        components=component_rows(rating) if rating else [],
        counted_on=date.fromisoformat(rating.inputs["counted_on"]) if rating else None,
        policy=get_rating_policy_version(rating.policy_version) if rating else None,
        history=list_ratings_of(current_user.institution_id, asked_page(size=12)),
        reviews=reviews_of_institution(current_user.institution_id),
        question_labels=QUESTION_LABELS,
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/rating/changes")
@access(institution_staff)
def show_rating_changes() -> str:
    """What moved the rating between two computations, component by component."""
    newest = list_ratings_of(current_user.institution_id, PageRequest(1, 2)).items
    after = _asked_rating("to") or (newest[0] if newest else None)
    before = _asked_rating("from") or (newest[1] if len(newest) > 1 else None)
    if after and before and (before.as_of, before.id) > (after.as_of, after.id):
        before, after = after, before
    return render_template(
        "institution_staff/show_rating_changes.html",
        before=before,
        after=after,
        shown_before=rating_of(before) if before else None,
        shown_after=rating_of(after) if after else None,
        moves=movement_rows(before, after) if before and after else [],
        history=list_ratings_of(current_user.institution_id, PageRequest(1, 50)).items,
    )


@blueprint.get("/standing")
@access(institution_staff)
def show_standing() -> str:
    """The institution's own file with everything in it, and its appeals."""
    return render_template(
        "institution_staff/show_standing.html",
        page=list_standing(current_user.institution_id, asked_page()),
        appeals=list_appeals_of(current_user.institution_id, PageRequest(1, 50)).items,
        url_for_appeal=_url_for_appeal,
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/standing/<code>/appeal")
@access(institution_manager)
def show_record_appeal(code: str) -> str:
    """Ask why a fact in the file is wrong."""
    return _record_appeal_page(_own_record(code), AppealForm())


@blueprint.post("/standing/<code>/appeal")
@access(institution_manager)
def appeal_record(code: str) -> Answer:
    """File an appeal against a fact."""
    view = _own_record(code)
    record_id = view.record.id
    form = AppealForm()
    if not form.validate_on_submit():
        return _record_appeal_page(view, form), 422
    try:
        with write_transaction():
            appeals.appeal_record(
                current_user.institution_id,
                record_id=record_id,
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _record_appeal_page(_own_record(code), form), 409
    return _filed()


@blueprint.get("/rating/appeal")
@access(institution_manager)
def show_rating_appeal() -> str:
    """Ask what is wrong with the counts behind the rating in force."""
    return _rating_appeal_page(_own_rating(), AppealForm())


@blueprint.post("/rating/appeal")
@access(institution_manager)
def appeal_rating() -> Answer:
    """File an appeal against the rating in force."""
    form = AppealForm()
    if not form.validate_on_submit():
        return _rating_appeal_page(_own_rating(), form), 422
    try:
        with write_transaction():
            appeals.appeal_rating(
                current_user.institution_id,
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _rating_appeal_page(_own_rating(), form), 409
    return _filed()


def _filed() -> Response:
    flash(_("The appeal is filed. An officer decides and gives the reasons."), "success")
    return redirect(url_for("institution_staff.show_standing"), 303)


def _record_appeal_page(view: RecordView, form: AppealForm) -> str:
    return render_template(
        "institution_staff/appeal_record.html",
        view=view,
        form=form,
        labels=labels,
        in_force=view.is_in_force(clock.today()),
    )


def _rating_appeal_page(rating: Rating, form: AppealForm) -> str:
    return render_template(
        "institution_staff/appeal_rating.html",
        rating=rating,
        shown=rating_of(rating),
        components=component_rows(rating),
        form=form,
    )


def _url_for_appeal(view: RecordView) -> str | None:
    """Only what counts today can be appealed against."""
    if not view.is_in_force(clock.today()):
        return None
    return url_for("institution_staff.show_record_appeal", code=view.record.code)


def _own_record(code: str) -> RecordView:
    view = find_standing_record(current_user.institution_id, code)
    if view is None:
        raise NotFound("standing_record")
    return view


def _own_rating() -> Rating:
    rating = find_rating_in_force(current_user.institution_id)
    if rating is None:
        raise NotFound("rating")
    return rating


def _asked_rating(name: str) -> Rating | None:
    asked = request.args.get(name, "")
    return find_rating_of(current_user.institution_id, asked) if asked else None
