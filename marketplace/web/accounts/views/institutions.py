"""A new institution comes in by itself: its place, its name, and the dossier is open."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.accreditation.operations.dossier import apply_with_new_institution
from marketplace.edge.access import access, signed_in
from marketplace.edge.extensions import limiter
from marketplace.edge.places import find_places
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import is_number
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.web.accounts.blueprint import blueprint
from marketplace.web.accounts.forms.institutions import NewInstitutionForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/institution")
@access(signed_in)
def show_new_institution() -> str:
    """Choose the place first: its officers will decide. Then name the institution."""
    return _page(NewInstitutionForm(), dict(request.args))


@blueprint.post("/institution")
@access(signed_in)
@limiter.limit("5 per minute; 20 per day")
def register_new_institution() -> Answer:
    """Register it, let this login sign for it, and open its application."""
    form = NewInstitutionForm()
    place = form.place.data or ""
    if not form.validate_on_submit():
        return _page(form, {"place": place}), 422
    try:
        with write_transaction():
            application = apply_with_new_institution(
                name=form.name.data,
                uscc=form.uscc.data,
                jurisdiction_id=_place_id(place),
                user_id=current_user.user_id,
            )
            code = application.code
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form, {"place": place}), 409
    flash(_("The institution is registered. Fill in its application; it is saved as you go."),
          "success")  # fmt: skip
    return redirect(url_for("institution_staff.show_application", code=code), 303)


def _place_id(text: str) -> int | None:
    if not is_number(text):
        return None
    try:
        return get_jurisdiction(int(text)).id
    except NotFound:
        return None


def _page(form: NewInstitutionForm, args: dict[str, str]) -> str:
    places = find_places(args)
    return render_template("accounts/new_institution.html", form=form, places=places)
